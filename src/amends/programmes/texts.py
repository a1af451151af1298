"""Does the programme speak all its languages, with a word for everything? Reads texts/<language>.toml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from amends.programmes.faults import Faults, nearest, parse_toml

# The model itself speaks one language; texts under this key translate its annotations into the others.
BASIS = "basis."


def read_texts(files: Mapping[str, str], languages: Iterable[str], faults: Faults) -> dict[str, dict[str, str]]:
    """Language -> key -> text. Nested tables are joined by dots, so that [reason] late = "…" is reason.late."""
    texts = {}
    for language in languages:
        file = file_of(language)
        if file not in files:
            faults.add("programme.toml", f'The language "{language}" has no file {file}.', column="languages")
            continue
        texts[language] = dict(_flat(file, "", parse_toml(file, files[file], faults), faults))
    for file in sorted(set(files) - {file_of(language) for language in languages}):
        faults.add(file, "is not a language that programme.toml lists under languages.")
    return texts


def file_of(language: str) -> str:
    return f"texts/{language}.toml"


def _flat(file: str, path: str, table: Mapping[str, Any], faults: Faults) -> Iterable[tuple[str, str]]:
    for key, value in table.items():
        inner = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            yield from _flat(file, inner, value, faults)
        elif not isinstance(value, str):
            faults.add(file, f"must be a text in quotes, not {value!r}.", table=path, column=key)
        elif not value.strip():
            faults.add(file, "is empty.", table=path, column=key)
        else:
            yield inner, value


def check_texts(
    texts: Mapping[str, Mapping[str, str]], needed: Mapping[str, str], allowed: Iterable[str], faults: Faults
) -> None:
    """Every needed key (key -> why) in every language; every other key known, and in all languages or in none."""
    everywhere = {key for spoken in texts.values() for key in spoken}
    known = {*needed, *allowed}

    def fault(language: str, key: str, message: str) -> None:
        table, _, column = key.partition(".")
        faults.add(file_of(language), message, table=table if column else "", column=column or table)

    for language, spoken in texts.items():
        for key, reason in needed.items():
            if key not in spoken:
                fault(language, key, f'The text "{key}" is missing: {reason}.')
        for key in sorted(everywhere - set(spoken) - set(needed)):
            if not key.startswith(BASIS):
                fault(language, key, f'The text "{key}" is missing; another language has it.')
        for key in sorted(set(spoken) - known):
            if not key.endswith(".help") or key.removesuffix(".help") not in known:
                fault(language, key, f'The text "{key}" belongs to nothing.{nearest(key, known)}')
