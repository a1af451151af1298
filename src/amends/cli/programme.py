"""`amends programme new|check|test`: how somebody who writes law, not code, makes a programme that is right."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import click

from amends import rules
from amends.cli.output import json_option, show
from amends.money import to_minor
from amends.payments.allocation import Due, allocate
from amends.programmes import folder, trial
from amends.programmes.faults import Fault, ProgrammeInvalid
from amends.programmes.programme import Case, Programme
from amends.refusal import Refusal


class NameTaken(Refusal):
    """There is such a programme already; nothing was written."""


class NameUnfit(Refusal):
    """The name cannot be a folder's name on every system."""


@click.group("programme")
def command() -> None:
    """Make, check and test a programme folder.

    \b
    Example:
      amends programme new flood-relief
      amends programme check programmes/flood-relief/v1
      amends programme test programmes/flood-relief/v1
    """


@command.command("new")
@click.argument("name")
@click.option("--shelf", type=click.Path(path_type=Path), default=Path("programmes"), show_default=True,
              help="The folder to put it in.")  # fmt: skip
@json_option
def new(name: str, shelf: Path, as_json: bool) -> None:
    """Make a programme folder NAME/v1 that passes check and test, to be changed into your own.

    \b
    Example:
      amends programme new flood-relief
    """
    if not re.fullmatch("[a-z][a-z0-9-]*", name):
        raise NameUnfit(
            f'"{name}" cannot be the name of a programme.',
            "The name becomes a folder and part of a code.",
            "Use small Latin letters, digits and hyphens, such as flood-relief.",
        )
    place = shelf / name / "v1"
    if place.exists():
        raise NameTaken(
            f"There is already a folder {place}; nothing was written.",
            "Somebody's work may be in it.",
            "Choose another name, or copy the folder to v2 and change it there.",
        )
    written = list(_copy(resources.files("amends.programmes") / "scaffold", place, name))
    lines = [f"Made {place}:", *(f"  {file}" for file in written)]
    lines += [f"Check it with: amends programme check {place}", f"Test it with:  amends programme test {place}"]
    show({"folder": str(place), "files": written}, "\n".join(lines), as_json=as_json)


def _copy(source: Traversable, target: Path, name: str) -> Iterator[str]:
    target.mkdir(parents=True)
    for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from (f"{entry.name}/{file}" for file in _copy(entry, target / entry.name, name))
        else:
            text = entry.read_text(encoding="utf-8").replace("@NAME@", name)
            (target / entry.name).write_text(text, encoding="utf-8")
            yield entry.name


@command.command("check")
@click.argument("paths", nargs=-1)
@click.option(
    "--warnings", is_flag=True, help="Also print what is allowed but worth a look, such as unanswered questions."
)
@json_option
@click.pass_context
def check(ctx: click.Context, paths: tuple[str, ...], warnings: bool, as_json: bool) -> None:
    """Name every fault of the programmes in PATHS (folders or names; without any, all that can be found).

    Each line is file:table:row:column and what is wrong. Exit code 1 where there is a fault.

    \b
    Example:
      amends programme check ukraine uncc/v1 programmes/flood-relief/v1
    """
    results: list[dict[str, Any]] = []
    lines: list[str] = []
    for path in paths or folder.available():
        place = folder.find(path)
        try:
            programme = folder.load(place)
        except ProgrammeInvalid as invalid:
            found, sha256 = invalid.faults, None
        else:
            found, sha256 = programme.warnings, programme.sha256
        results.append({"folder": str(place), "sha256": sha256, "faults": [_fault(fault) for fault in found]})
        lines += [f"{place}/{fault}" for fault in found if fault.severity == "error"]
        doubts = [fault for fault in found if fault.severity != "error"]
        if warnings:
            lines += [f"warning: {place}/{fault}" for fault in doubts]
        if sha256:
            count = f" Warnings: {len(doubts)} (see them with --warnings)." if doubts and not warnings else ""
            lines.append(f"{place}: no faults.{count} SHA-256 {sha256}")
    show({"programmes": results}, "\n".join(lines), as_json=as_json)
    ctx.exit(1 if any(result["sha256"] is None for result in results) else 0)


def _fault(fault: Fault) -> dict[str, Any]:
    return asdict(fault)


@command.command("test")
@click.argument("paths", nargs=-1)
@json_option
@click.pass_context
def test(ctx: click.Context, paths: tuple[str, ...], as_json: bool) -> None:
    """Run the cases of the programmes in PATHS on every engine, and name each difference.

    A difference says file, row and case, what was expected, what came, and which rows of which tables led there.
    Exit code 1 where there is a difference or a fault.

    \b
    Example:
      amends programme test ukraine
    """
    results: list[dict[str, Any]] = []
    lines: list[str] = []
    failed = False
    for path in paths or folder.available():
        place = folder.find(path)
        try:
            programme = folder.load(place)
        except ProgrammeInvalid as invalid:
            lines += [f"{place}/{fault}" for fault in invalid.faults if fault.severity == "error"]
            results.append({"folder": str(place), "faults": [_fault(fault) for fault in invalid.faults]})
            failed = True
            continue
        found, notes = _run(programme)
        failed |= bool(found)
        lines += [str(difference) for difference in found] + notes
        engines = ", ".join([*trial.ENGINES, "payments"])
        count = f"{len(programme.cases)} claims in cases"
        lines.append(
            f"{place}: {count}, {len(found) or 'no'} difference{'s' if len(found) != 1 else ''} ({engines})."
        )
        results.append({"folder": str(place), "cases": len(programme.cases), "notes": notes,
                        "differences": [asdict(difference) for difference in found]})  # fmt: skip
    show({"programmes": results}, "\n".join(lines), as_json=as_json)
    ctx.exit(1 if failed else 0)


def _run(programme: Programme) -> tuple[list[trial.Difference], list[str]]:
    found: list[trial.Difference] = []
    notes: list[str] = []
    for name, engine in trial.ENGINES.items():
        try:
            found += trial.differences(programme, name, engine)
        except rules.NotCompilable as outside:
            notes.append(
                f"note: {name} cannot run these rules, so they were tested on the interpreter only: {outside}"
            )
    found += payment_differences(programme)
    return found, notes


def payment_differences(programme: Programme) -> Iterator[trial.Difference]:
    """Where a case says what is paid in a phase (expect_phase_1, …), the phases are run one after another."""
    together: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in programme.cases:
        together[case.file, case.case].append(case)
    for cases in together.values():
        if any(column.startswith("expect_phase_") for case in cases for column in case.expected):
            yield from _paid(programme, cases)


def _paid(programme: Programme, cases: Sequence[Case]) -> Iterator[trial.Difference]:
    decided = trial.interpreter(programme, programme.decision, cases)
    awards = [
        said.award_minor if case.award is None else to_minor(case.award, programme.minor_digits)
        for case, said in zip(cases, decided, strict=True)
    ]
    claimants = {name: number for number, name in enumerate(dict.fromkeys(case.claimant for case in cases))}
    earlier = [0] * len(cases)
    for phase in programme.phases:
        dues = [
            Due(number, claimants[case.claimant], case.category, award, before, before if phase.counts_earlier else 0)
            for number, (case, award, before) in enumerate(zip(cases, awards, earlier, strict=True))
        ]
        given = cases[0].available
        available = sum(awards) if given is None else to_minor(given, programme.minor_digits)
        amounts = dict(allocate(dues, phase, available).amounts)
        for number, case in enumerate(cases):
            paid = amounts.get(number, 0)
            earlier[number] += paid
            column = f"expect_phase_{phase.number}"
            if column in case.expected:
                yield from _compare(programme, case, phase.number, case.expected[column], paid)


def _compare(programme: Programme, case: Case, phase: int, expected: str, paid: int) -> Iterator[trial.Difference]:
    wanted = trial.money(programme, trial.minor(programme, expected))
    got = trial.money(programme, paid)
    if wanted != got:
        what = f"payment in phase {phase}"
        yield trial.Difference("payments", case.file, case.row, case.case, case.claim, what, wanted, got)
