"""`amends pay`: a phase of payment, from the pool to the bank's statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from rich.progress import TaskID

from amends.cli.output import json_option, progress, show
from amends.cli.session import database, home
from amends.iso20022.credit_transfer import Debtor
from amends.money import Money, to_minor
from amends.payments.gateway import SIMULATED, Bank, FolderBank, HttpBank, SimulatedBank, simulated_bank
from amends.refusal import Refusal

Report = Callable[[str, int, int], None]
# A payment booked on a Friday evening is on Monday's statement, so a few days are enough.
MOST_DAYS = 7


@dataclass(frozen=True)
class Paid:
    """What a phase has come to: the round, where its money is, and whether the bank agrees."""

    round: dict[str, Any]
    orders: dict[str, Any]
    delivered: int
    answers: int
    summary: dict[str, Any]
    balances: dict[str, Any]
    reconciliation: dict[str, Any] | None
    held: list[tuple[str, int]]
    unmatched: int


@click.command("pay")
@click.argument("programme")
@click.option("--phase", required=True, type=int, help="Which phase of payment of the programme.")
@click.option(
    "--round", "number", default=1, show_default=True, help="Which round of the phase. Asked again, it goes on."
)
@click.option("--available", metavar="AMOUNT", help="Share only this much of the pool, such as 2500000.00.")
@click.option("--tranche", type=int, help="Release no further file once this many payments are out.")
@click.option("--bank", "url", metavar="URL", help="A bank that speaks HTTP as mock-bank does.")
@click.option("--folder", type=click.Path(path_type=Path), help="A folder: files go to out/, answers come from in/.")
@click.option("--simulated", is_flag=True, help="Start a simulated bank on this machine and let its days pass.")
@click.option("--account", metavar="IBAN", help="The fund's account; needed unless the bank is simulated.")
@click.option("--account-name", default="Compensation fund", show_default=True)
@click.option("--again", is_flag=True, help="Order again what was rejected or came back, to the accounts known now.")
@json_option
def command(
    programme: str, phase: int, number: int, available: str | None, tranche: int | None, url: str | None,
    folder: Path | None, simulated: bool, account: str | None, account_name: str, again: bool, as_json: bool,
) -> None:  # fmt: skip
    """Allocate, instruct and settle a payment phase. Run again, it goes on where it stopped.

    Without a bank it stops when the checked files are written.

    \b
    Examples:
      amends pay ukraine --phase 1 --simulated
      amends pay ukraine --phase 1 --available 2500000 --folder transfer --account DE89370400440532013000
    """
    if sum(map(bool, (url, folder, simulated))) > 1:
        raise click.UsageError("Give one of --bank, --folder and --simulated.")
    debtor = SIMULATED if simulated else _debtor(account_name, account)
    with database(), progress() as bars:
        from amends.programmes import queries as programmes

        version = programmes.current(programme)
        digits, currency = version.programme.minor_digits, version.programme.currency
        minor = None if available is None else _minor(available, digits)
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step)
            bars.update(tasks[step], completed=done, total=total)

        steps = Steps(version.id, phase, number, by="treasurer", report=report)
        round_id = steps.order(debtor, available_minor=minor, again=again)
        steps.release(round_id, most=tranche)
        if simulated:
            with simulated_bank(home() / "bank") as practice:
                steps.settle_with(practice, currency=currency)
        elif url or folder:
            steps.exchange(HttpBank(url) if url else FolderBank(folder or Path()))
        paid = steps.result(round_id)
    show(asdict(paid), _words(paid, currency, digits), as_json=as_json)


class Steps:
    """The steps of a phase, in their order; each may be called again. The demo calls the same ones."""

    def __init__(self, version_id: int, phase: int, number: int, *, by: str, report: Report | None = None) -> None:
        self.version_id, self.phase, self.number, self.by = version_id, phase, number, by
        self.report = report
        self.orders: dict[str, Any] = {}
        self.delivered = self.answers = 0

    def order(self, debtor: Debtor, *, available_minor: int | None = None, again: bool = False) -> int:
        """Share the pool and write the orders; returns the round."""
        from amends.payments import operations as payments

        made = payments.allocate(
            version_id=self.version_id, phase=self.phase, number=self.number, available_minor=available_minor,
            by=self.by, at=_now(),
        )  # fmt: skip
        ordered = payments.instruct(
            round_id=made.id, debtor=debtor, by=self.by, at=_now(), again=again, progress=self._bar("Orders")
        )
        self.orders = asdict(ordered)
        return made.id

    def release(self, round_id: int, *, most: int | None = None) -> None:
        """Write the files, check them, let them go."""
        from amends.payments import operations as payments

        payments.release(round_id=round_id, by=self.by, at=_now(), most=most, progress=self._bar("Files"))

    def exchange(self, bank: Bank) -> None:
        """Hand over what is released, and apply what the bank has answered."""
        from amends.payments import operations as payments

        self.delivered += payments.deliver(
            version_id=self.version_id, bank=bank, by=self.by, at=_now(), progress=self._bar("To the bank")
        )
        self.answers += sum(
            1
            for answer in payments.collect(version_id=self.version_id, bank=bank, by=self.by, at=_now())
            if answer.new
        )

    def settle_with(self, bank: SimulatedBank, *, currency: str, closed: int = 0) -> None:
        """Exchange with the simulated bank and let its days pass until all is booked or refused, and it has said so.

        `closed`: so many payees' accounts are closed at the bank, so that rejections are seen too.
        """
        from amends.fund import queries as funds
        from amends.payments import queries as payments

        books = funds.balances(self.version_id)
        bank.open_account(currency=currency, balance_minor=books.at_bank_minor, given_minor=books.given_minor)
        for iban in payments.accounts_of_next(self.version_id, closed):
            bank.close_account(iban)
        self.exchange(bank)
        for _ in range(MOST_DAYS):
            told = payments.reconciliation(self.version_id)
            if told and not told.difference_minor and not payments.summary(self.version_id).in_transit.count:
                break
            bank.pass_day()
            self.exchange(bank)

    def result(self, round_id: int) -> Paid:
        from amends.fund import queries as funds
        from amends.payments import queries as payments

        [round_] = [each for each in payments.rounds(self.version_id) if each.id == round_id]
        reconciled = payments.reconciliation(self.version_id)
        balances = funds.balances(self.version_id)
        return Paid(
            round={key: value for key, value in asdict(round_).items() if key != "id"},
            orders=self.orders,
            delivered=self.delivered,
            answers=self.answers,
            summary=asdict(payments.summary(self.version_id, round_id)),
            balances={**asdict(balances), "at_bank_minor": balances.at_bank_minor},
            reconciliation=None
            if reconciled is None
            else {**asdict(reconciled), "difference_minor": reconciled.difference_minor},
            held=[(reason, part.count) for reason, part in payments.held_reasons(self.version_id, round_id)],
            unmatched=len(payments.unmatched(self.version_id)),
        )

    def _bar(self, step: str) -> Callable[[int, int], None] | None:
        report = self.report
        return None if report is None else lambda done, total: report(step, done, total)


def _now() -> datetime:
    return datetime.now(UTC)


def _debtor(name: str, account: str | None) -> Debtor:
    from amends.payments.orders import NotPayable, normal_iban

    iban = normal_iban(account or "")
    if isinstance(iban, NotPayable):
        raise Refusal(
            f"The fund's account is not usable: {iban.reason}.",
            "Every file names the account that the money comes from.",
            "Give it with --account, or practise with --simulated.",
        )
    return Debtor(name, iban)


def _minor(amount: str, digits: int) -> int:
    try:
        return to_minor(Decimal(amount.replace(",", "").replace("_", "")), digits)
    except (InvalidOperation, ValueError) as fault:
        raise click.UsageError(f"--available {amount}: this is not an amount of money ({fault}).") from None


def _words(paid: Paid, currency: str, digits: int) -> str:
    def money(minor: int) -> str:
        return str(Money(minor, currency, digits))

    def part(name: str) -> str:
        return f"{paid.summary[name]['count']:>9,} payments  {money(paid.summary[name]['amount_minor']):>24}"

    round_ = paid.round
    lines = [
        f"Phase {round_['phase']}, round {round_['number']}: {money(round_['allocated_minor'])} shared among "
        f"{round_['allocations']:,} of {round_['awards']:,} awards.",
        *(f"  {label:<28}{part(name)}" for label, name in _STATES if paid.summary[name]["count"]),
        *(f"    held because {reason}: {count:,}" for reason, count in paid.held),
        f"Fund: given {money(paid.balances['given_minor'])}, pool {money(paid.balances['pool_minor'])}, "
        f"reserved {money(paid.balances['reserved_minor'])}, in transit {money(paid.balances['in_transit_minor'])}, "
        f"paid {money(paid.balances['paid_minor'])}.",
    ]
    if paid.reconciliation:
        lines.append(
            f"Bank's statement {paid.reconciliation['statement']}: {money(paid.reconciliation['closing_minor'])}; "
            f"our books: {money(paid.reconciliation['books_minor'])}; "
            f"difference: {money(paid.reconciliation['difference_minor'])}."
        )
    if paid.unmatched:
        lines.append(
            f"{paid.unmatched:,} lines of the bank fit nothing that was ordered: somebody must look at them."
        )
    return "\n".join(lines)


_STATES = (
    ("paid (booked by the bank)", "paid"),
    ("on the way", "in_transit"),
    ("waiting for a later file", "waiting"),
    ("rejected by a bank", "rejected"),
    ("came back", "returned"),
    ("held", "held"),
)
