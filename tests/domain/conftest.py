"""What tests of domains share. `committed` is a database in which things are really committed: for races, and for
what the database checks at commit.

pytest-django's own transactional tests empty the tables afterwards, which this database rightly refuses: history is
not removed. So each such test gets a copy of the empty database and throws it away whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.test.utils import setup_databases, teardown_databases
from tests.domain.awards import WHO


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    settings = connection.settings_dict
    with django_db_blocker.unblock():
        # pytest-django makes the test database only where a chosen test is marked for it.
        alone = not settings["NAME"].startswith("test_")
        made = setup_databases(verbosity=0, interactive=False, aliases=["default"]) if alone else []
        empty = settings["NAME"]
        copy = f"{empty}_committed"
        connections.close_all()
        _admin(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)', f'CREATE DATABASE "{copy}" TEMPLATE "{empty}"')
        settings["NAME"] = copy
        try:
            yield
        finally:
            connections.close_all()
            settings["NAME"] = empty
            _admin(f'DROP DATABASE "{copy}" WITH (FORCE)')
            teardown_databases(made, verbosity=0)


@pytest.fixture
def version(db: None, tmp_path: Path, settings: Any) -> int:
    """The UNCC's programme, whose first phase gives everyone up to 2,500, and a fund of 10,000 dollars."""
    settings.HOME = tmp_path
    from amends.fund import operations as fund
    from amends.programmes import folder
    from amends.programmes import operations as programmes

    adopted = programmes.adopt(folder.load(folder.find("uncc/v1")), **WHO)
    fund.contribute(
        version_id=adopted, contributor="Donor", amount_minor=1_000_000, currency="USD", key=f"{adopted}/1", **WHO
    )
    return adopted


def _admin(*statements: str) -> None:
    settings = connection.settings_dict
    server = {"host": settings["HOST"], "port": settings["PORT"] or None, "user": settings["USER"]}
    password = settings["PASSWORD"] or None
    with psycopg.connect(**server, password=password, dbname="postgres", autocommit=True) as admin:
        for statement in statements:
            admin.execute(statement.encode())
