"""The books balance after every commit, and the database refuses whoever tries otherwise."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.utils import Error, IntegrityError

from amends.fund import operations, queries
from amends.fund.models import Account
from amends.fund.posting import PAID, POOL, RESERVED, Leg, Posting, mirror, move, move_each, shares
from amends.journal.canonical import canonical
from amends.journal.models import Entry as JournalEntry
from amends.programmes.models import Version

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHO: dict[str, Any] = {"by": "treasurer", "at": NOON}
AS_AT_COMMIT = "SET CONSTRAINTS ALL IMMEDIATE"


def a_fund(contributed: int = 10_000, code: str = "test/v1") -> int:
    version = Version.objects.create(
        code=code, sha256=code[-1] * 64, currency="EUR", minor_digits=2, adopted_at=NOON, files={}
    )
    operations.contribute(
        version_id=version.pk, contributor="A", amount_minor=contributed, currency="EUR", key=f"{code} first", **WHO
    )
    return version.pk


def post(fund: int, *postings: Posting) -> int:
    return operations.post(version_id=fund, postings=postings, **WHO)


def reserve(key: str, amount: int) -> Posting:
    return move(key, "test", "", source=POOL, to=RESERVED, amount_minor=amount)


def take(fund: int, key: str, source: int, to: int) -> int:
    """Sixty from one account to another, with SQL that asks nobody."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "WITH t AS (INSERT INTO fund_transaction (programme_id, key, fingerprint, kind, memo, at)"
            " VALUES (%s, %s, '', 'test', '', now()) RETURNING id)"
            " INSERT INTO fund_entry (transaction_id, account_id, currency, amount_minor, reference)"
            " SELECT id, a, 'EUR', m, '' FROM t, (VALUES (%s::bigint, -60), (%s, 60)) legs(a, m)",
            [fund, key, source, to],
        )
    return 1


@pytest.mark.django_db
class TestTheDatabaseRefuses:
    """Each attack is tried with plain SQL, as a program would that goes around ours."""

    def attack(self, *statements: str, says: str) -> None:
        fund = a_fund()
        self.run(AS_AT_COMMIT, "SET CONSTRAINTS ALL DEFERRED")
        account = dict(Account.objects.values_list("code", "pk"))
        before = queries.trial_balance(fund)
        opened = (
            "INSERT INTO fund_transaction (id, programme_id, key, fingerprint, kind, memo, at)"
            f" VALUES (900, {fund}, 'attack', '', 'test', '', now())"
        )
        tried = [
            text.replace(":pool", str(account["pool"])).replace(":paid", str(account["paid"])) for text in statements
        ]
        with pytest.raises(Error, match=says), transaction.atomic():
            self.run(opened, *tried, AS_AT_COMMIT)
        assert queries.trial_balance(fund) == before

    def run(self, *statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    ENTRY = "INSERT INTO fund_entry (transaction_id, account_id, currency, amount_minor, reference) VALUES "

    def test_what_does_not_balance(self) -> None:
        self.attack(self.ENTRY + "(900, :pool, 'EUR', -50, ''), (900, :paid, 'EUR', 49, '')", says="does not balance")

    def test_one_leg(self) -> None:
        self.attack(self.ENTRY + "(900, :pool, 'EUR', -50, '')", says="at least 2 entries")

    def test_no_legs(self) -> None:
        self.attack(says="at least 2 entries")

    def test_an_overdraft(self) -> None:
        self.attack(
            self.ENTRY + "(900, :pool, 'EUR', -10001, ''), (900, :paid, 'EUR', 10001, '')", says="not_overdrawn"
        )

    def test_a_wrong_currency(self) -> None:
        self.attack(
            self.ENTRY + "(900, :pool, 'USD', -50, ''), (900, :paid, 'USD', 50, '')", says="account_and_currency"
        )

    def test_zero(self) -> None:
        self.attack(self.ENTRY + "(900, :pool, 'EUR', 0, ''), (900, :paid, 'EUR', 0, '')", says="not_zero")

    def test_an_amount_beyond_what_can_be_kept(self) -> None:
        self.attack(self.ENTRY + "(900, :paid, 'EUR', 9223372036854775808, '')", says="out of range")

    def test_an_entry_in_a_closed_transaction(self) -> None:
        self.attack(
            self.ENTRY.replace("VALUES", "SELECT min(id), :pool, 'EUR', 5, '' FROM fund_transaction"), says="closed"
        )

    def test_an_entry_after_the_check_was_asked_for_early(self) -> None:
        self.attack(
            self.ENTRY + "(900, :pool, 'EUR', -50, ''), (900, :paid, 'EUR', 50, '')",
            AS_AT_COMMIT,
            self.ENTRY + "(900, :pool, 'EUR', 25, '')",
            says="closed",
        )

    def test_a_reversal_that_is_no_mirror(self) -> None:
        self.attack(
            "INSERT INTO fund_transaction (id, programme_id, key, fingerprint, kind, memo, at, reverses_id)"
            " SELECT 901, programme_id, 'undo', '', 'reversal', '', now(), id FROM fund_transaction WHERE id < 900",
            self.ENTRY + "(901, :pool, 'EUR', -20000, ''), (901, :paid, 'EUR', 20000, '')",
            says="not_overdrawn|not the mirror",
        )

    @pytest.mark.parametrize("table", ["fund_entry", "fund_transaction", "fund_account", "fund_balance", "fund_seal"])
    @pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
    def test_the_removal_of_history(self, table: str, statement: str) -> None:
        self.attack(statement.format(table), says="refused|pending trigger events")

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE fund_entry SET amount_minor = 1",
            "UPDATE fund_transaction SET memo = ''",
            "UPDATE fund_account SET may_go_negative = true",
            "UPDATE fund_balance SET balance_minor = 1",
            "INSERT INTO fund_seal VALUES (900)",
        ],
    )
    def test_a_change_of_history(self, statement: str) -> None:
        self.attack(statement, says="refused")


@pytest.mark.usefixtures("committed")
class TestRaces:
    def together(self, deeds: list[Callable[[], Any]]) -> list[Any]:
        """All deeds at once, each on its own connection; what each returned or raised."""
        start, results = threading.Barrier(len(deeds)), []

        def run(deed: Callable[[], Any]) -> None:
            start.wait()
            try:
                results.append(deed())
            except (Error, operations.FundRefusal) as refused:
                results.append(refused)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    def test_sixteen_identical_submissions_are_one_transaction(self) -> None:
        fund = a_fund()
        assert sorted(self.together([lambda: post(fund, reserve("once", 60))] * 16)) == [0] * 15 + [1]
        assert queries.balances(fund).reserved_minor == 60

    @pytest.mark.parametrize("race", range(5))
    def test_two_payments_of_sixty_from_a_hundred_do_not_overdraw(self, race: int) -> None:
        fund = a_fund(100)
        results = self.together([lambda: post(fund, reserve("a", 60)), lambda: post(fund, reserve("b", 60))])
        assert [result for result in results if result == 1] == [1]
        assert queries.balances(fund).pool_minor == 40

    def test_programs_that_go_around_our_lock_do_not_overdraw_either(self) -> None:
        fund = a_fund(100)
        pool, paid = (Account.objects.get(programme_id=fund, code=code).pk for code in (POOL, PAID))

        results = self.together([lambda: take(fund, "a", pool, paid), lambda: take(fund, "b", pool, paid)])
        assert [result for result in results if result == 1] == [1]


@pytest.mark.usefixtures("committed")
class TestPosting:
    def test_moves_money_and_says_so(self) -> None:
        fund = a_fund()
        post(fund, reserve("r", 700), move("p", "settled", "", source=RESERVED, to=PAID, amount_minor=300))
        assert queries.balances(fund) == queries.Balances(10_000, 9_300, 400, 0, 300)
        assert all(line.agrees for line in queries.trial_balance(fund))
        assert sum(line.balance_minor for line in queries.trial_balance(fund)) == 0

    def test_the_same_key_with_other_content_is_refused(self) -> None:
        fund = a_fund()
        post(fund, reserve("r", 700))
        with pytest.raises(operations.FundRefusal, match="other content"):
            post(fund, reserve("r", 701))

    def test_more_than_there_is_is_refused_in_words(self) -> None:
        with pytest.raises(operations.FundRefusal, match="more than"):
            post(a_fund(100), reserve("r", 101))

    def test_an_unknown_account_is_refused(self) -> None:
        with pytest.raises(operations.FundRefusal, match="no account elsewhere"):
            post(a_fund(), Posting("x", "test", "", (Leg(POOL, -1), Leg("elsewhere", 1))))

    def test_a_contribution_of_nothing_is_refused(self) -> None:
        with pytest.raises(operations.FundRefusal, match="is none"):
            a_fund(0)

    def test_an_account_of_another_programme_is_refused(self) -> None:
        mine, other = a_fund(), a_fund(code="test/v2")
        strange = Account.objects.get(programme_id=other, code=POOL).pk
        ours = Account.objects.get(programme_id=mine, code=POOL).pk
        with pytest.raises(IntegrityError, match="another programme"):
            take(mine, "x", strange, ours)

    def test_a_reversal_mirrors_and_happens_once(self) -> None:
        fund = a_fund()
        first = reserve("r", 700)
        post(fund, first)
        post(fund, mirror(first, "undo", "wrong round"))
        assert queries.balances(fund).reserved_minor == 0
        with pytest.raises(IntegrityError, match="reverses"):
            post(fund, mirror(first, "undo again", "wrong round"))

    def test_one_payment_is_traced_to_its_contributors_and_back(self) -> None:
        fund = a_fund(10_000)
        operations.contribute(
            version_id=fund, contributor="B", amount_minor=5_000, currency="EUR", key="second", **WHO
        )
        post(fund, move_each("pay", "settled", "", source=POOL, to=PAID, amounts=[("E1", 100), ("E2", 50)]))
        assert [(m.kind, m.amount_minor) for m in queries.movements(fund, "E1")] == [("settled", 100)]
        assert queries.sources_of(fund, 100) == (("A", 67), ("B", 33))

    def test_facts_rebuilt_from_the_tables_are_what_the_journal_says(self) -> None:
        fund = a_fund()
        first = reserve("r", 700)
        post(fund, first, move_each("pay", "settled", "", source=POOL, to=PAID, amounts=[("E1", 100), ("E2", 50)]))
        post(fund, mirror(first, "undo", "wrong round"))
        told = Counter(JournalEntry.objects.values_list("kind", "content"))
        assert told == Counter((fact.kind, canonical(fact.content)) for fact in queries.facts_for_audit())


def test_a_share_of_a_pool_is_exact_to_the_cent() -> None:
    assert shares(100, [("A", 1), ("B", 1), ("C", 1)]) == (("A", 34), ("B", 33), ("C", 33))
    assert shares(100, []) == ()
