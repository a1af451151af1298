"""How do commands speak? Results on standard output (words, or JSON with --json), all else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

stdout = Console(soft_wrap=True, highlight=False)
stderr = Console(stderr=True, soft_wrap=True, highlight=False)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json; the command receives `as_json` and calls `show`."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(command)


def show(result: dict[str, Any], words: str, *, as_json: bool) -> None:
    """The result of a command: `words` for people, `result` for programs."""
    if as_json:
        json.dump(result, sys.stdout, ensure_ascii=False, indent=2, default=str)
        sys.stdout.write("\n")
    else:
        stdout.print(words, markup=False)


def progress() -> Progress:
    """A progress bar on standard error; silent where standard error is not a terminal."""
    return Progress(
        TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=stderr, disable=not stderr.is_terminal, transient=False,
    )  # fmt: skip


def advances(bars: Progress) -> Callable[[str, int], None]:
    """Tells `bars` that some more of something is done; each kind of work gets a bar with its first news."""
    tasks: dict[str, TaskID] = {}

    def advance(what: str, more: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=None)
        bars.advance(tasks[what], more)

    return advance
