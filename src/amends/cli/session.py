"""What every command that needs the database does first: the server, the settings, the tables."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from amends.refusal import Refusal


def home() -> Path:
    """The folder that holds the database, the log, the keys and the payment files."""
    return Path(os.environ.get("AMENDS_HOME", "var")).resolve()


@contextlib.contextmanager
def database(*, migrate: bool = True) -> Iterator[None]:
    """A database for the length of the block: DATABASE_URL's, or the embedded server, with tables up to date."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amends.config.settings")
    with contextlib.ExitStack() as stack:
        if not os.environ.get("DATABASE_URL") and not os.environ.get("AMENDS_PG_SOCKET"):
            from amends.config.embedded import create_database, server

            socket = stack.enter_context(server(home()))
            create_database(socket)
            os.environ["AMENDS_PG_SOCKET"] = str(socket)
            stack.callback(os.environ.pop, "AMENDS_PG_SOCKET", None)
        import django
        from django.core.management import call_command
        from django.db import OperationalError, connections

        django.setup()
        stack.callback(connections.close_all)
        try:
            if migrate:
                call_command("migrate", verbosity=0)
            yield
        except OperationalError as error:
            raise _database_failed(error) from error


def _database_failed(error: Exception) -> Refusal:
    """A full disk and a lost connection look alike from here: the transaction is undone, the rest is committed."""
    from psycopg.errors import DiskFull

    full = isinstance(error.__cause__, DiskFull)
    first = str(error).strip().splitlines()[0]
    return Refusal(
        f"The database's disk is full: {first}" if full else f"The database does not answer: {first}",
        "What was under way has been undone; what was finished before it is kept.",
        "Make room and run the same command again." if full else "See to the server and run the same command again.",
    )
