import pytest
from django.db import connection, transaction
from django.db.utils import Error


@pytest.mark.django_db
def test_the_database_refuses_to_change_history() -> None:
    with connection.cursor() as cursor:
        for statement in (
            "UPDATE journal_entry SET by = 'x'",
            "DELETE FROM journal_entry",
            "TRUNCATE claims_claim CASCADE",
        ):
            with pytest.raises(Error, match="is history"), transaction.atomic():
                cursor.execute(statement)
