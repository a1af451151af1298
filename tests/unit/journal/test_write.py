from datetime import UTC, datetime

import pytest

from amends.journal.operations import write


def test_an_entry_outside_a_transaction_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="transaction of the operation"):
        write(kind="claim.filed", by="register", at=datetime(2026, 11, 23, tzinfo=UTC), contents=[{}])
