"""`amends demo`: the whole mechanism for real, from a file of claims to a proven payment.

Every step goes through the same operations as the commands of the same name. Each may be interrupted at any
moment and is taken up where it stopped, so the demo as a whole may be: run it again and it goes on.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress, TaskID

from amends.cli.output import advances, progress, show, stderr
from amends.cli.session import database, home
from amends.config.embedded import remove
from amends.money import Money
from amends.programmes import folder
from amends.programmes.programme import Programme
from amends.refusal import Refusal

BY = "demo"
# Simulated contributions cover this share of what is awarded: a real fund is short, and sharing is what it must do.
FUNDED_PERCENT = 45
# How many payments the first tranche releases, and how many of its accounts turn out to be closed at the bank.
TRANCHE = 10_000
CLOSED_ACCOUNTS = 5


@dataclass(frozen=True)
class Plan:
    """What this demo is of. Kept beside its data, so that a second run goes on with the same."""

    programme: str
    claims: int
    seed: int


@dataclass
class Demo:
    """One run: the plan, where its files lie, and what each step has told so far."""

    plan: Plan
    programme: Programme
    home: Path
    version_id: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def caseload(self) -> Path:
        return self.home / f"caseload-{self.plan.claims}-{self.plan.seed}.parquet"

    def money(self, minor: int) -> str:
        return str(Money(minor, self.programme.currency, self.programme.minor_digits))


@click.command("demo")
@click.option("--claims", default=86_000, show_default=True, help="How many claims to make and take in.")
@click.option("--programme", default="ukraine/v1", show_default=True)
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same caseload.")
@click.option("--no-serve", is_flag=True, help="End after the last step instead of serving the pages.")
@click.option("--port", default=8000, show_default=True)
@click.option("--fresh", is_flag=True, help="Throw away what an earlier demo left, and begin anew.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON (implies --no-serve).")
def command(claims: int, programme: str, seed: int, no_serve: bool, port: int, fresh: bool, as_json: bool) -> None:
    """Run the whole mechanism on made-up claims: filed, recorded, checked, decided, paid, proven; then show it.

    Amounts are illustrative, and ratifications, contributions and the bank are simulated: it says so wherever it
    shows them. Interrupt it at any time; the same command goes on where it stopped.

    \b
    Example:
      amends demo --claims 5000 --no-serve
    """
    place = home()
    if fresh:
        _begin_anew(place)
    plan = _keep_plan(place, Plan(programme, claims, seed))
    demo = Demo(plan, folder.load(folder.find(programme)), place)
    started = time.monotonic()
    with database():
        for number, (name, step) in enumerate(STEPS, 1):
            _run(demo, number, name, step)
        demo.facts["seconds"] = round(time.monotonic() - started, 1)
        show({"plan": asdict(plan), **demo.facts}, _closing(demo), as_json=as_json)
        if not (no_serve or as_json):
            from amends.cli.serve import serve

            serve("127.0.0.1", port)


def _run(demo: Demo, number: int, name: str, step: Callable[[Demo], str]) -> None:
    from amends.proofs import operations as proofs

    began = time.monotonic()
    words = step(demo)
    if demo.version_id:
        # The sequencer: whatever the step committed goes into the public log before the next one begins.
        proofs.publish(by=BY, at=_now())
    stderr.print(f"[bold]{number:>2}/{len(STEPS)} {name:<10}[/] {words}  [dim]{time.monotonic() - began:.1f} s[/]")


def _begin_anew(place: Path) -> None:
    """Remove what a demo left; only a folder that holds a demo's plan is ever touched."""
    if not (place / "demo.json").exists():
        return
    if os.environ.get("DATABASE_URL"):
        raise Refusal(
            "--fresh does not empty the database that DATABASE_URL names.",
            "It may hold more than a demo.",
            "Make an empty database, name it in DATABASE_URL, and set AMENDS_HOME to a new folder.",
        )
    remove(place)
    for child in ("log", "log-key", "payments", "bank", "receipts", "demo.json"):
        path = place / child
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _keep_plan(place: Path, plan: Plan) -> Plan:
    """Write the plan beside the data, or refuses where another demo lies there."""
    path = place / "demo.json"
    wanted = json.dumps(asdict(plan)) + "\n"
    if not path.exists():
        place.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted)
    elif path.read_text() != wanted:
        raise Refusal(
            f"Another demo lies in {place}: {path.read_text().strip()}",
            "Its claims and payments would be mixed with yours.",
            "Add --fresh to throw it away, repeat its own command to go on with it, or set AMENDS_HOME.",
        )
    return plan


def _now() -> datetime:
    return datetime.now(UTC)


# ------------------------------------------------------------------ the steps, in the order a claim moves


def _adopt(demo: Demo) -> str:
    from amends.programmes import operations as programmes
    from amends.treaty import operations as treaty

    demo.version_id = programmes.adopt(demo.programme, by=BY, at=_now())
    treaty.establish(programme=demo.programme, version_id=demo.version_id, by=BY, at=_now())
    tables = sum(1 for law in demo.programme.laws for decision in law.model.decisions if decision.table)
    return (
        f"{demo.programme.code}: {len(demo.programme.categories)} categories, {tables} decision tables, "
        f"frozen as {demo.programme.sha256[:12]}"
        + (" (amounts are illustrative)" if demo.programme.illustrative else "")
    )


def _caseload(demo: Demo) -> str:
    from amends.claims import caseload

    if not demo.caseload.exists():
        with progress() as bar:
            caseload.write(
                demo.programme,
                claims=demo.plan.claims,
                seed=demo.plan.seed,
                out=demo.caseload,
                progress=_watch(bar, "making claims"),
            )
    return f"{demo.plan.claims:,} made-up claims in {demo.caseload.name}"


def _import(demo: Demo) -> str:
    from amends.claims import operations as claims

    with progress() as bar:
        filed = claims.file_batch(
            version_id=demo.version_id, path=demo.caseload, by=BY, at=_now(), progress=_watch(bar, "taking claims in")
        )
    demo.facts["filed"] = asdict(filed)
    return f"{filed.rows:,} rows = {filed.taken:,} filed + {filed.set_aside:,} set aside with reasons in words"


def _record(demo: Demo) -> str:
    from amends.claims import operations as claims
    from amends.claims import queries

    with progress() as bar:
        claims.record(version_id=demo.version_id, by=BY, at=_now(), progress=_watch(bar, "recording"))
    counts = queries.counts(demo.version_id)
    demo.facts["recorded"] = counts
    return f"{counts['recorded']:,} recorded, {counts['refused']:,} refused by one of the four tests"


def _check(demo: Demo) -> str:
    from amends.checks import operations as checks
    from amends.checks import queries

    with progress() as bar:
        checks.run(version_id=demo.version_id, by=BY, at=_now(), progress=_watch(bar, "checking"))
    demo.facts["findings"] = found = queries.counts(demo.version_id)
    return ", ".join(f"{count:,} {kind}" for kind, count in found.items()) + " (findings, not verdicts)"


def _too_early(demo: Demo) -> str:
    """Before entry into force both the program and the database refuse; on a later run it is in force already."""
    from amends.decisions import operations as decisions
    from amends.treaty import queries as treaty

    state = treaty.entry_into_force(demo.version_id, _now().date())
    if state.in_force:
        return (
            "in force already (from an earlier run of this demo)"
            if state.needed
            else "this programme needs no treaty"
        )
    try:
        decisions.decide(version_id=demo.version_id, by=BY, at=_now())
    except Refusal as refusal:
        demo.facts["refused_before_entry_into_force"] = refusal.what
        return f"REFUSED, as it must be. {refusal.what}"
    raise AssertionError("something was decided before entry into force")


def _simulate(demo: Demo) -> str:
    """SIMULATED ratifications; no real state is in it."""
    from amends.treaty import operations as treaty
    from amends.treaty import queries
    from amends.treaty.entry import Needed
    from amends.treaty.scenario import simulated

    needed = demo.programme.entry_into_force
    if needed is None:
        return "nothing to simulate: this programme needs no treaty"
    now = _now()
    if not queries.participants(demo.version_id):
        treaty.enact(
            version_id=demo.version_id,
            scenario=simulated(Needed(**asdict(needed)), in_force_by=now.date()),
            by=BY,
            at=now,
        )
    state = queries.entry_into_force(demo.version_id, now.date())
    return f"SIMULATED {state.ratifications} ratifications; in force since {state.in_force_on}"


def _decide(demo: Demo) -> str:
    from amends.decisions import operations as decisions
    from amends.decisions import queries

    with progress() as bar:
        decisions.decide(version_id=demo.version_id, by=BY, at=_now(), progress=_watch(bar, "deciding"))
    totals = queries.totals(demo.version_id)
    demo.facts["decided"] = {"outcomes": totals.outcomes, "awarded_minor": totals.awarded_minor}
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in totals.outcomes.items())
    return f"{outcomes}; {demo.money(totals.awarded_minor)} awarded"


def _fund(demo: Demo) -> str:
    """SIMULATED contributions, less than what is awarded."""
    from amends.decisions import queries as decisions
    from amends.fund import operations as fund
    from amends.fund import queries as funds
    from amends.treaty import queries as treaty

    awarded = decisions.totals(demo.version_id).awarded_minor
    givers = [participant.code for participant in treaty.participants(demo.version_id)] or ["simulated-donor"]
    for giver in givers:
        fund.contribute(
            version_id=demo.version_id,
            contributor=giver,
            amount_minor=max(1, awarded * FUNDED_PERCENT // 100 // len(givers)),
            currency=demo.programme.currency,
            key=f"demo/{giver}",
            by=BY,
            at=_now(),
        )
    given = funds.balances(demo.version_id).given_minor
    return f"SIMULATED contributions of {demo.money(given)}: {(given * 200 // awarded + 1) // 2} % of what is awarded"


def _pay(demo: Demo) -> str:
    from amends.cli.pay import Steps
    from amends.payments.gateway import SIMULATED, simulated_bank

    with progress() as bar:
        report = _reports(bar)
        steps = Steps(demo.version_id, demo.programme.phases[0].number, 1, by=BY, report=report)
        round_id = steps.order(SIMULATED)
        steps.release(round_id, most=TRANCHE)
        with simulated_bank(demo.home / "bank") as bank:
            steps.settle_with(bank, currency=demo.programme.currency, closed=CLOSED_ACCOUNTS)
    paid = steps.result(round_id)
    demo.facts["paid"] = {"summary": paid.summary, "balances": paid.balances, "reconciliation": paid.reconciliation}
    made, booked, rejected = paid.round, paid.summary["paid"], paid.summary["rejected"]
    assert paid.reconciliation is not None, "a simulated bank always writes a statement"
    return (
        f"{demo.money(made['allocated_minor'])} shared exactly among {made['allocations']:,} awards; first tranche: "
        f"{booked['count']:,} paid ({demo.money(booked['amount_minor'])}), {rejected['count']:,} rejected by the "
        f"SIMULATED bank; books and statement differ by {paid.reconciliation['difference_minor']}"
    )


def _prove(demo: Demo) -> str:
    """A receipt for everything that happened to one claim, read back and verified with nothing but the log's key."""
    from amends.payments import queries as payments
    from amends.proofs import queries as proofs
    from amends.proofs import receipt

    found, key = payments.first_paid(demo.version_id), proofs.log_key()
    assert found is not None, "the pay step ends with something paid"
    assert key is not None, "every step's entries are published"
    claim, number = found
    folder_ = demo.home / "receipts"
    folder_.mkdir(exist_ok=True)
    for order, (logged, text) in enumerate(proofs.receipts(claim), 1):
        (folder_ / f"{number}-{order}-{logged.kind}.tlog-proof").write_text(text)
    proven = [each for path in sorted(folder_.glob(f"{number}-*")) for each in receipt.verify(path.read_text(), key)]
    demo.facts["receipt"] = {"claim": number, "key": key.text, "proven": [each.kind for each in proven]}
    checkpoint = proofs.newest_checkpoint()
    assert checkpoint is not None
    return f"log of {checkpoint.size:,} entries, signed; {len(proven)} receipts of claim {number} verified offline"


def _audit(demo: Demo) -> str:
    from amends.proofs.audit.queries import audit

    with progress() as bar:
        report = audit(advances(bar))
    demo.facts["audit"] = {"holds": report.holds, "facts": report.facts, "logged": report.logged, "root": report.root}
    assert report.holds, "the demo's own books do not agree with its log; run `amends audit` and report this"
    return f"{report.facts:,} facts rebuilt from the tables, each found once in the journal and in the log"


STEPS: tuple[tuple[str, Callable[[Demo], str]], ...] = (
    ("adopt", _adopt),
    ("caseload", _caseload),
    ("file", _import),
    ("record", _record),
    ("check", _check),
    ("too early", _too_early),
    ("in force", _simulate),
    ("decide", _decide),
    ("fund", _fund),
    ("pay", _pay),
    ("prove", _prove),
    ("audit", _audit),
)


def _closing(demo: Demo) -> str:
    """The four counters, which are four different things."""
    from amends.claims import queries as claims
    from amends.payments import queries as payments

    counts = claims.counts(demo.version_id)
    decided, paid = demo.facts["decided"], demo.facts["paid"]["summary"]["paid"]
    rows = (
        ("submitted", counts["submitted"], ""),
        ("recorded", counts["recorded"], ""),
        ("awarded", decided["outcomes"].get("awarded", 0), demo.money(decided["awarded_minor"])),
        ("paid", payments.paid_claims(demo.version_id), demo.money(paid["amount_minor"])),
    )
    lines = [f"  {name:<10}{count:>9,}  {amount}" for name, count, amount in rows]
    claim, key = demo.facts["receipt"]["claim"], demo.facts["receipt"]["key"]
    amends = Path(os.path.relpath(Path(sys.executable).with_name("amends")))
    return "\n".join(
        [
            "",
            f"From filed to proven in {demo.facts['seconds']} seconds. Four counts, never one:",
            *lines,
            "",
            "Look closer:",
            f"  {amends} explain {claim}",
            f"  {amends} receipt {claim} --out receipts",
            f"  {amends} verify receipts/*.tlog-proof --key '{key}'",
            f"  {amends} audit",
        ]
    )


def _watch(bar: Progress, what: str) -> Callable[[int, int], None]:
    """A bar that appears with the first news of it."""
    report = _reports(bar)
    return lambda done, total: report(what, done, total)


def _reports(bar: Progress) -> Callable[[str, int, int], None]:
    tasks: dict[str, TaskID] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)

    return report
