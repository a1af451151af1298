"""Whatever is posted in whatever order, the books agree with a model of ten lines, and stay balanced."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from django.db import connection
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from amends.fund import operations, queries
from amends.fund.posting import ACCOUNTS, POOL, Posting, mirror, move
from amends.programmes.models import Version

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHO: dict[str, Any] = {"by": "treasurer", "at": NOON}
numbers = count()


class Books(RuleBasedStateMachine):
    @initialize()
    def a_new_fund(self) -> None:
        self.number = next(numbers)
        self.fund = Version.objects.create(
            code=f"test/{self.number}", sha256="0" * 64, currency="EUR", minor_digits=2, adopted_at=NOON, files={}
        ).pk
        self.model = dict.fromkeys(ACCOUNTS, 0)
        self.given = 0
        self.posted: list[Posting] = []
        self.undone: set[str] = set()
        self.contribute(1)

    def key(self) -> str:
        return f"{self.number}/{next(numbers)}"

    @rule(amount=st.integers(1, 10**15))
    def contribute(self, amount: int) -> None:
        operations.contribute(
            version_id=self.fund, contributor="A", amount_minor=amount, currency="EUR", key=self.key(), **WHO
        )
        self.given += amount
        self.model[POOL] += amount

    @rule(source=st.sampled_from(sorted(ACCOUNTS)), to=st.sampled_from(sorted(ACCOUNTS)), part=st.integers(1, 150))
    def move(self, source: str, to: str, part: int) -> None:
        amount = self.model[source] * part // 100 or 1
        if source == to:
            return
        posting = move(self.key(), "test", "", source=source, to=to, amount_minor=amount)
        if amount > self.model[source]:
            with pytest.raises(operations.FundRefusal, match="more than"):
                operations.post(version_id=self.fund, postings=[posting], **WHO)
            return
        assert operations.post(version_id=self.fund, postings=[posting], **WHO) == 1
        self.apply(posting)

    @precondition(lambda self: getattr(self, "posted", None))
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        again = data.draw(st.sampled_from(self.posted))
        assert operations.post(version_id=self.fund, postings=[again], **WHO) == 0

    @precondition(lambda self: getattr(self, "posted", None))
    @rule(data=st.data())
    def change_what_was_posted(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(self.posted))
        changed = Posting(known.key, known.kind, "another memo", known.legs)
        with pytest.raises(operations.FundRefusal, match="other content"):
            operations.post(version_id=self.fund, postings=[changed], **WHO)

    @precondition(lambda self: getattr(self, "posted", None))
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        original = data.draw(st.sampled_from(self.posted))
        if original.key in self.undone or original.reverses:
            return
        undo = mirror(original, self.key(), "undone")
        after = dict(self.model)
        for leg in undo.legs:
            after[leg.account] += leg.amount_minor
        if min(after.values()) < 0:
            with pytest.raises(operations.FundRefusal, match="more than"):
                operations.post(version_id=self.fund, postings=[undo], **WHO)
            return
        operations.post(version_id=self.fund, postings=[undo], **WHO)
        self.undone.add(original.key)
        self.apply(undo)

    def apply(self, posting: Posting) -> None:
        self.posted.append(posting)
        for leg in posting.legs:
            self.model[leg.account] += leg.amount_minor

    @invariant()
    def the_books_agree_with_the_model_and_balance(self) -> None:
        if not hasattr(self, "fund"):
            return
        with connection.cursor() as cursor:  # as at commit
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        lines = queries.trial_balance(self.fund)
        assert {line.code: line.balance_minor for line in lines if line.kind != "source"} == self.model
        assert sum(line.balance_minor for line in lines) == 0
        assert all(line.agrees for line in lines)
        assert queries.balances(self.fund).given_minor == self.given


@pytest.mark.django_db
def test_the_books_agree_with_a_model_after_every_step() -> None:
    run_state_machine_as_test(Books, settings=settings(max_examples=25, stateful_step_count=30, deadline=None))
