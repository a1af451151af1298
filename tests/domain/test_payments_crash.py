"""Killed at any moment, `amends pay` goes on: nothing lost, nothing doubled, in our books and in the bank's."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PAYEES = 120
PREPARE = f"""
from amends.cli.session import database
with database():
    from schwifty import IBAN
    from amends.fund import operations as fund
    from amends.programmes import folder, operations as programmes
    from tests.domain.awards import WHO, award
    version = programmes.adopt(folder.load(folder.find("uncc/v1")), **WHO)
    fund.contribute(version_id=version, contributor="Donor", amount_minor=10**9, currency="USD", key="1", **WHO)
    ibans = [str(IBAN.generate("UA", bank_code="305299", account_code=f"{{n:019d}}")) for n in range({PAYEES})]
    award(version, *[(f"Person {{n}}", 1000 + n, iban) for n, iban in enumerate(ibans)])
"""
CHECK = """
import json
from collections import Counter
from itertools import chain
from amends.cli.session import database
with database():
    from amends.fund import queries as fund
    from amends.journal.canonical import canonical
    from amends.journal.models import Entry
    from amends.payments import queries as payments
    kinds = ("payment.", "round.", "batch.", "bank.", "fund.", "contribution.")
    told = Counter(e for e in Entry.objects.values_list("kind", "claim", "content") if e[0].startswith(kinds))
    facts = Counter(
        (f.kind, f.claim, canonical(f.content))
        for f in chain(payments.facts_for_audit(), fund.facts_for_audit())
    )
    lines = fund.trial_balance(1)
    print(json.dumps({
        "journal_is_the_tables": told == facts,
        "books_balance": sum(line.balance_minor for line in lines) == 0 and all(line.agrees for line in lines),
    }))
"""
PAY = "from amends.cli.main import main; main()"
COMMAND = ("pay", "uncc/v1", "--phase", "1", "--simulated", "--json")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the database's own account can enter: pytest's are closed to it."""
    with tempfile.TemporaryDirectory(prefix="amends-pay-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.crash
def test_killed_eight_times_it_pays_everybody_once(home: Path) -> None:
    run(home, PREPARE)
    luck = random.Random(2022)
    for _ in range(8):
        with start(home, PAY, *COMMAND) as process:
            time.sleep(luck.uniform(0.8, 5))
            process.send_signal(signal.SIGKILL)
    paid = json.loads(run(home, PAY, *COMMAND))
    awarded = sum(min(1000 + n, 2500) * 100 for n in range(PAYEES))
    assert paid["summary"]["paid"] == {"count": PAYEES, "amount_minor": awarded}
    assert paid["reconciliation"]["difference_minor"] == 0
    assert paid["unmatched"] == 0
    assert json.loads(run(home, CHECK)) == {"journal_is_the_tables": True, "books_balance": True}
    bank = sqlite3.connect(home / "bank" / "bank.sqlite")
    assert bank.execute("SELECT count(*), count(DISTINCT end_to_end_id), sum(amount) FROM payment").fetchone() == (
        PAYEES, PAYEES, awarded,
    )  # fmt: skip


def start(home: Path, code: str, *arguments: str) -> subprocess.Popen[str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith(("AMENDS_", "DATABASE_URL"))}
    repository = Path(__file__).resolve().parents[2]
    environment = {**others, "AMENDS_HOME": str(home), "PYTHONPATH": f"{repository / 'src'}:{repository}"}
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": repository}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment, **options)


def run(home: Path, code: str, *arguments: str) -> str:
    with start(home, code, *arguments) as process:
        out, words = process.communicate(timeout=120)
    assert process.returncode == 0, words
    return out
