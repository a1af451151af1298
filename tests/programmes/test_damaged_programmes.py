"""However a programme's files are damaged, loading gives a programme or a list of faults, never a crash."""

from __future__ import annotations

import contextlib
import re
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amends.programmes import folder
from amends.programmes.faults import ProgrammeInvalid

_ROOT = resources.files("amends.programmes") / "scaffold"
_NAMES = (
    "programme.toml",
    "categories/damage.toml",
    "questions.toml",
    "decision.dmn",
    "texts/en.toml",
    "texts/uk.toml",
    "cases/first.csv",
)
FILES = {name: (_ROOT / name).read_text(encoding="utf-8") for name in _NAMES}
# Pieces that mean something in one of the files, so that damage reaches deeper than the parser.
PIECES = '[|]|[[phases]]|"|=|\n|x = 1\n|null|[]|{}|1.5|-1|true|2022-02-24|money|choice|amount|Reason|<|/>|</rule>'
WORDS = st.sampled_from([*re.split(r"\|", PIECES), "", "\ufeff", "ї", "9" * 40])


@pytest.mark.parametrize("name", _NAMES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_never_a_crash(name: str, data: st.DataObject) -> None:
    text = FILES[name]
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 40))
    damaged = text[:start] + data.draw(WORDS) + text[start + length :]
    with contextlib.suppress(ProgrammeInvalid):
        folder.from_files("damaged/v1", {**FILES, name: damaged})


@pytest.mark.parametrize("name", _NAMES)
def test_a_missing_file_is_a_fault(name: str) -> None:
    without = {file: text for file, text in FILES.items() if file != name}
    if name == "cases/first.csv":
        folder.from_files("damaged/v1", without)
        return
    with pytest.raises(ProgrammeInvalid):
        folder.from_files("damaged/v1", without)
