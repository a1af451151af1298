"""How is a difference named, so that a person can go and look?"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    CHANGED_ROW = "changed row"
    MISSING_ROW = "missing row"
    EXTRA_ROW = "extra row"
    CHANGED_ENTRY = "changed entry"
    MISSING_ENTRY = "missing entry"
    DAMAGED_LOG = "damaged log"


@dataclass(frozen=True)
class Difference:
    """`where` is a row, an entry or a file in words."""

    kind: Kind
    where: str
    message: str


@dataclass(frozen=True)
class Report:
    """The outcome of an audit. It holds if there is no difference; entries that wait for the log are none."""

    facts: int
    entries: int
    logged: int
    waiting: int
    root: str
    differences: tuple[Difference, ...] = field(default=())

    @property
    def holds(self) -> bool:
        return not self.differences


@dataclass(frozen=True)
class Unmatched:
    """What only one side has: a fact (`subject`) that no entry tells of, or an entry (`content`) without its fact."""

    kind: str
    claim: int | None
    subject: str | None
    content: str | None


def differences(unmatched: Iterable[Unmatched]) -> Iterator[Difference]:
    """A fact and an entry of the same kind about the same claim, that do not match, are one changed row."""
    groups: dict[tuple[str, int | None], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for each in unmatched:
        subjects, contents = groups[each.kind, each.claim]
        if each.subject is not None:
            subjects.append(each.subject)
        if each.content is not None:
            contents.append(each.content)
    for (kind, _), (subjects, contents) in groups.items():
        paired = min(len(subjects), len(contents))
        for subject in subjects[:paired]:
            yield Difference(Kind.CHANGED_ROW, subject, f"the row does not say what the journal says in {kind}")
        for subject in subjects[paired:]:
            yield Difference(Kind.EXTRA_ROW, subject, f"no journal entry {kind} tells of this row")
        for content in contents[paired:]:
            yield Difference(Kind.MISSING_ROW, named(kind, content), "the journal tells of it, the tables do not")


def named(kind: str, content: str) -> str:
    """An entry in words: its kind, and the claim or else whatever it is about."""
    try:
        about = json.loads(content)
    except ValueError:
        about = {}
    claim = about.get("claim") if isinstance(about, dict) else None
    return f"{kind} of claim {claim}" if claim else f"{kind} {content[:120]}"
