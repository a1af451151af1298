"""A programme to break: the scaffold that `amends programme new` writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from amends.cli.programme import command
from amends.programmes import folder
from amends.programmes.faults import Fault, ProgrammeInvalid

Break = Callable[[str, str, str], tuple[Fault, ...]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A new programme in a folder of its own."""
    made = CliRunner().invoke(command, ["new", "flood-relief", "--shelf", str(tmp_path)])
    assert made.exit_code == 0, made.output
    return tmp_path / "flood-relief" / "v1"


@pytest.fixture
def errors_after(place: Path) -> Break:
    """Replaces `old` by `new` in a file of the programme and gives the errors that loading then names."""

    def change(file: str, old: str, new: str) -> tuple[Fault, ...]:
        path = place / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(ProgrammeInvalid) as refusal:
            folder.load(place)
        return tuple(fault for fault in refusal.value.faults if fault.severity == "error")

    return change
