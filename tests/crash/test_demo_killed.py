"""kill -9 in the middle of the demo, at random moments: run again, it goes on; nothing is lost, nothing is doubled.

AMENDS_KILLS sets the number of kills (default 20), AMENDS_KILL_CLAIMS the size of the caseload. Half of the kills
take the database's processes with them.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

KILLS = int(os.environ.get("AMENDS_KILLS", "20"))
CLAIMS = int(os.environ.get("AMENDS_KILL_CLAIMS", "1500"))

# One row: what must be equal, whatever happened on the way.
SAME = """
SELECT (SELECT count(*) FROM claims_claim) AS claims,
  (SELECT count(*) FROM people_claimant) AS claimants,
  (SELECT count(*) FROM claims_recording) AS recordings,
  (SELECT count(*) FROM checks_check) AS checks,
  (SELECT count(*) FROM checks_finding) AS findings,
  (SELECT count(*) FROM decisions_decision) AS decisions,
  (SELECT sum(award_minor) FROM decisions_decision)::bigint AS awarded,
  (SELECT sum(taken) FROM claims_import)::bigint AS taken,
  (SELECT sum(set_aside) FROM claims_import)::bigint AS set_aside
"""
# One row of zeros: what must never be.
NEVER = """
SELECT
  (SELECT count(*) FROM (SELECT FROM claims_claim GROUP BY source_key HAVING count(*) > 1) d) AS doubled_claims,
  (SELECT count(*) FROM claims_claim c WHERE 1 <>
    (SELECT count(*) FROM journal_entry e WHERE e.claim = c.id AND e.kind = 'claim.filed')) AS filed_not_once,
  (SELECT count(*) FROM decisions_decision d WHERE 1 <>
    (SELECT count(*) FROM journal_entry e WHERE e.claim = d.claim_id AND e.kind = 'claim.decided')) AS not_once,
  (SELECT count(*) FROM journal_outbox) AS waiting_for_the_log,
  (SELECT count(*) FROM journal_entry) - (SELECT count(*) FROM proofs_leaf) AS entries_without_a_place,
  (SELECT count(*) FROM (SELECT FROM fund_entry GROUP BY currency HAVING sum(amount_minor) <> 0) d) AS unbalanced,
  (SELECT count(*) FROM (SELECT FROM payments_instruction GROUP BY allocation_id HAVING count(*) > 1) d)
    AS doubled_instructions,
  (SELECT count(*) FROM (SELECT FROM payments_event WHERE kind = 'settled' GROUP BY instruction_id
    HAVING count(*) > 1) d) AS paid_twice
"""


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="amends-crash-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.crash
def test_a_killed_demo_goes_on_and_ends_like_one_that_was_not(home: Path) -> None:
    chance = random.Random(86_000)  # seeded, so that a failure can be repeated
    undisturbed = home / "undisturbed"
    undisturbed.mkdir()
    began = time.monotonic()
    _finish(undisturbed)
    seconds = time.monotonic() - began
    wanted = _ask(undisturbed, SAME)

    killed = home / "killed"
    killed.mkdir()
    for kill in range(KILLS):
        _kill_after(killed, chance.uniform(0.3, seconds), with_database=kill % 2 == 1)
    _finish(killed)

    assert _ask(killed, SAME) == wanted
    assert set(_ask(killed, NEVER).values()) == {0}
    assert _amends(killed, "audit", "--json").returncode == 0


def _demo(home: Path) -> list[str]:
    return [sys.executable, "-m", "amends.cli.main", "demo", "--claims", str(CLAIMS), "--no-serve", "--json"]


def _environment(home: Path) -> dict[str, str]:
    hidden = ("AMENDS_PG_SOCKET", "DATABASE_URL")
    return {k: v for k, v in os.environ.items() if k not in hidden} | {"AMENDS_HOME": str(home)}


def _amends(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "amends.cli.main", *arguments]
    return subprocess.run(command, env=_environment(home), capture_output=True, text=True, check=False)


def _finish(home: Path) -> None:
    done = subprocess.run(_demo(home), env=_environment(home), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    json.loads(done.stdout)


def _kill_after(home: Path, seconds: float, *, with_database: bool) -> None:
    """Start the demo and kill it, and the database's processes too where told, after `seconds`."""
    process = subprocess.Popen(
        _demo(home), env=_environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    victims = _database_processes(home) if with_database else []
    for pid in [process.pid, *victims]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


def _database_processes(home: Path) -> list[int]:
    cluster = home / "postgres" / "cluster"
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == cluster:
                found.append(int(process.name))
        except OSError:
            continue
    return found


def _ask(home: Path, question: str) -> dict[str, Any]:
    from amends.config.embedded import server

    with server(home) as socket, psycopg.connect(host=str(socket), user="app", dbname="amends") as connection:
        cursor = connection.execute(question.encode())
        row = cursor.fetchone()
        assert row is not None
        return {column.name: value for column, value in zip(cursor.description or [], row, strict=True)}
