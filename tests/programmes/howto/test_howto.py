"""What docs/howto/write-a-programme.md says is done here, block by block, and must come out as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from amends.cli.main import cli

HOWTO = Path(__file__).resolve().parents[3] / "docs" / "howto" / "write-a-programme.md"
PROGRAMME = Path("programmes/dust-disease/v1")
_BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_howto_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = _BLOCK.findall(HOWTO.read_text(encoding="utf-8"))
    for kind, file, content in blocks:
        if kind == "console":
            _run(content)
        elif kind == "replace":
            old, new = content.split()
            path = PROGRAMME / file
            path.write_text(path.read_text().replace(old, new), encoding="utf-8")
        elif file:
            (PROGRAMME / file).write_text(content, encoding="utf-8")
    assert [kind for kind, _, _ in blocks].count("console") >= 5


def _run(console: str) -> None:
    """Runs each line after a $; the lines below it must stand in what the command prints."""
    output = ""
    for line in console.splitlines():
        if line.startswith("$ rm "):
            Path(line.removeprefix("$ rm ")).unlink()
        elif line.startswith("$ amends "):
            output = CliRunner().invoke(cli, line.removeprefix("$ amends ").split()).output
        else:
            assert line in output, output
