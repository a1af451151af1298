"""`amends doctor`: looks at this installation and says what is wrong, in words and with what to do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import click

from amends.cli.output import json_option, show
from amends.cli.session import database, home
from amends.refusal import Refusal

NEEDED_BYTES = 2 * 1024**3  # the demo with 86,000 claims leaves less than one gigabyte

SETTINGS_SQL = "SELECT " + ", ".join(
    f"current_setting('{name}')" for name in ("server_version", "fsync", "synchronous_commit")
)


@dataclass(frozen=True)
class Sight:
    what: str
    ok: bool
    words: str


def _python() -> Sight:
    return Sight("python", sys.version_info >= (3, 11), sys.version.split()[0])


def _engines() -> Sight:
    duckdb = version("duckdb")
    return Sight("duckdb", not duckdb.startswith("1."), f"{duckdb} (1.5.1 to 1.5.5 decide wrongly in silence)")


def _home() -> Sight:
    place = home()
    above = next(p for p in (place, *place.parents) if p.exists())
    writable = os.access(above, os.W_OK)
    return Sight("home", writable, f"{place}" if writable else f"{place} cannot be written; set AMENDS_HOME")


def _disk() -> Sight:
    place = next(p for p in (home(), *home().parents) if p.exists())
    free = shutil.disk_usage(place).free
    return Sight("disk", free > NEEDED_BYTES, f"{free / 1024**3:.1f} GiB free, {NEEDED_BYTES / 1024**3:.0f} wanted")


def _programmes() -> Iterator[Sight]:
    from amends.programmes import folder

    for code in folder.available():
        try:
            yield Sight("programme", True, folder.load(folder.find(code)).code)
        except Refusal as refusal:
            yield Sight("programme", False, f"{code}: {refusal.what}")


def _database() -> Sight:
    try:
        with database():
            from django.db import connection

            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT current_setting('server_version'), current_setting('fsync'), "
                    "current_setting('synchronous_commit')"
                )
                row = cursor.fetchone()
    except Exception as failure:  # whatever is wrong, the doctor says it and goes on
        return Sight("database", False, str(failure))
    durable = row[1] == "on" and row[2] in ("on", "remote_apply", "remote_write")
    return Sight("database", durable, f"PostgreSQL {row[0]}, fsync {row[1]}, synchronous_commit {row[2]}")


LOOKS: tuple[Callable[[], Sight | Iterator[Sight]], ...] = (_python, _engines, _home, _disk, _programmes, _database)


@click.command("doctor")
@json_option
def command(as_json: bool) -> None:
    """Look at this installation: Python, disk, programmes, database. Exit code 1 if anything is wrong.

    \b
    Example:
      amends doctor
    """
    sights = [sight for look in LOOKS for sight in _each(look())]
    words = "\n".join(f"{'well ' if s.ok else 'WRONG'}  {s.what:<10} {s.words}" for s in sights)
    result: dict[str, Any] = {"well": all(s.ok for s in sights), "sights": [vars(s) for s in sights]}
    show(result, words, as_json=as_json)
    if not result["well"]:
        raise SystemExit(1)


def _each(found: Sight | Iterator[Sight]) -> Iterator[Sight]:
    yield from [found] if isinstance(found, Sight) else found
