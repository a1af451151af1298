"""The outside examiner: the standard's own test cases, where they are on this machine."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from amends.rules import tck


@pytest.fixture(scope="module")
def level_2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = Path(__file__).resolve().parents[4] / "shared" / "data" / "dmn_tck" / "TestCases.tar.xz"
    if not archive.exists():
        pytest.skip("the DMN TCK (../shared/data/dmn_tck) is not on this machine")
    folder = tmp_path_factory.mktemp("tck")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / "TestCases" / "compliance-level-2"


def test_the_interpreter_passes_every_case_of_level_2(level_2: Path) -> None:
    verdicts = [tck.run(case) for case in tck.cases(level_2)]
    assert [verdict for verdict in verdicts if verdict.result != "pass"] == []
    assert len(verdicts) == 116


def test_the_command_prints_one_object_per_case(level_2: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tck.main([str(level_2 / "0004-simpletable-U"), "--json"]) == 0
    printed = capsys.readouterr()
    found = [json.loads(line) for line in printed.out.splitlines()]
    assert found
    assert set(found[0]) == {"folder", "case", "engine", "result", "message"}
    assert f"{len(found)}/{len(found)} passed" in printed.err


def test_a_failing_case_is_told_and_fails_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sum.dmn").write_text(
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="sum">'
        '<decision name="Sum"><variable name="Sum"/>'
        "<literalExpression><text>1 + 2</text></literalExpression></decision>"
        "</definitions>"
    )
    (tmp_path / "sum-test.xml").write_text(
        '<testCases xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><modelName>sum.dmn</modelName>'
        '<testCase id="1"><resultNode name="Sum"><expected><value xsi:type="xsd:decimal">4</value></expected>'
        "</resultNode></testCase></testCases>"
    )
    assert tck.main([str(tmp_path)]) == 1
    assert "Sum: 3 instead of 4" in capsys.readouterr().out
