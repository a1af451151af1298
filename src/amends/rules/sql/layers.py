"""In which SELECT is a column computed? Each in the first layer in which all it reads is there.

A chain of plain SELECT layers is evaluated once per layer. A join anywhere in the chain would make the
optimiser merge the layers and compute shared parts again and again, so there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amends.rules.sql.dialect import quoted
from amends.rules.sql.terms import Term


class Layers:
    """Layer 0 reads the source and checks the facts; a term of depth n may be computed in layer n."""

    def __init__(self) -> None:
        self._layers: list[list[tuple[str, str]]] = [[]]
        self._names: set[str] = set()
        self._shared: dict[str, Term] = {}

    def column(self, name: str, term: Term) -> Term:
        """`term` as a column called `name`, or like it where the name is taken."""
        name = self._free(name)
        while len(self._layers) <= term.depth:
            self._layers.append([])
        self._layers[term.depth].append((name, term.sql))
        return replace(term, sql=quoted(name), depth=term.depth + 1)

    def shared(self, name: str, term: Term) -> Term:
        """`term`, computed once however often it is written: as a column, unless it is as short as one."""
        if term.known or _is_simple(term.sql):
            return term
        if term.sql not in self._shared:
            self._shared[term.sql] = self.column(name, term)
        return replace(self._shared[term.sql], kind=term.kind, nullable=term.nullable)

    def _free(self, name: str) -> str:
        free, n = f"@{name}", 2  # the sign keeps ours apart from the source's columns
        while free.lower() in self._names:  # names of columns differ in more than case
            free, n = f"@{name}~{n}", n + 1
        self._names.add(free.lower())
        return free

    def select(self, source: str, keep: Sequence[str], outputs: Sequence[tuple[str, str]]) -> str:
        """The layers as one SELECT over `source`, its columns `keep` carried along, then `outputs`."""
        carried = [quoted(name) for name in keep]
        steps = [f"law_facts AS (\n  SELECT {_listed([*_raw(keep), *_columns(self._layers[0])])}\n  FROM {source}\n)"]
        below = "law_facts"
        for number, columns in enumerate(self._layers[1:], 1):
            steps.append(f"law_step_{number} AS (\n  SELECT {_listed(['*', *_columns(columns)])}\n  FROM {below}\n)")
            below = f"law_step_{number}"
        final = _listed([*carried, *(f"{sql} AS {quoted(name)}" for name, sql in outputs)])
        return "WITH " + ",\n".join(steps) + f"\nSELECT {final}\nFROM {below}"


def _raw(keep: Sequence[str]) -> list[str]:
    return [quoted(name) for name in keep]


def _columns(columns: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{sql} AS {quoted(name)}" for name, sql in columns]


def _listed(parts: Sequence[str]) -> str:
    return ",\n         ".join(parts) if parts else "1 AS nothing"


def _is_simple(sql: str) -> bool:
    return sql.startswith('"') and sql.endswith('"') and sql.count('"') == 2
