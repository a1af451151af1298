"""Every test that asks for the database gets a real PostgreSQL: DATABASE_URL's, or one of our own on a
temporary folder, started once for the whole run and shared by the parallel workers."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

# How long an example takes says something of the machine and nothing of the code.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")

_running = ExitStack()
REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or os.environ.get("DATABASE_URL") or os.environ.get("AMENDS_PG_SOCKET"):
        return  # a worker of pytest-xdist inherits the server of its controller
    from amends.config.embedded import server

    home = Path(
        _running.enter_context(tempfile.TemporaryDirectory(prefix="amends-tests-", ignore_cleanup_errors=True))
    )
    home.chmod(0o755)  # our own fresh folder: the server's account must be able to enter it
    os.environ["AMENDS_HOME"] = str(home)
    os.environ["AMENDS_PG_SOCKET"] = str(_running.enter_context(server(home)))
    # pytest-django has read the settings already; workers read them afresh from the environment.
    from django.conf import settings

    settings.HOME = home
    settings.DATABASES["default"]["HOST"] = os.environ["AMENDS_PG_SOCKET"]


def pytest_unconfigure(config: pytest.Config) -> None:
    _running.close()


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data beside the repository; the test is skipped where it is missing."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the real data (../shared/data) are not on this machine")
    return SHARED / "data"
