from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from amends.journal.canonical import commitment
from amends.journal.operations import write
from amends.journal.queries import entries_of, public_entries, waiting_for_log

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def file(*numbers: str, **others: Any) -> None:
    with transaction.atomic():
        write(
            kind="claim.filed", by="register", at=NOON, contents=[{"claim": number} for number in numbers],
            claims=list(range(1, len(numbers) + 1)), **others,
        )  # fmt: skip


def test_an_entry_commits_to_who_when_and_what() -> None:
    file("UA-1")
    [entry] = entries_of(1)
    assert entry.statement == (
        '{"at":"2026-11-23T12:00:00.000000Z","by":"register","content":{"claim":"UA-1"},'
        '"kind":"claim.filed","type":"private","v":1}'
    )
    assert entry.key is not None
    assert entry.commitment == commitment(entry.key, entry.statement)


def test_two_equal_entries_cannot_be_linked() -> None:
    file("UA-1", "UA-1")
    [first], [second] = entries_of(1), entries_of(2)
    assert first.statement == second.statement
    assert first.leaf != second.leaf


def test_a_public_entry_is_published_in_clear() -> None:
    with transaction.atomic():
        write(kind="programme.adopted", by="board", at=NOON, contents=['{"code":"ukraine/v1"}'], public=True)
    [entry] = public_entries(["programme.adopted"])
    assert (entry.key, entry.claim) == (None, None)
    assert b'"content":{"code":"ukraine/v1"}' in entry.leaf


def test_every_entry_waits_for_the_log() -> None:
    before = waiting_for_log()
    file("UA-1", "UA-2")
    assert waiting_for_log() == before + 2


def test_an_operation_that_fails_has_said_nothing() -> None:
    with transaction.atomic():
        file("UA-1")
        transaction.set_rollback(True)
    assert (entries_of(1), waiting_for_log()) == ([], 0)


def test_awkward_text_arrives_as_it_left() -> None:
    file('кома, "лапки"\n\\x41 \\N')
    assert '"claim":"кома, \\"лапки\\"\\n\\\\x41 \\\\N"' in entries_of(1)[0].content
