"""A programme version is frozen by its hash: what was decided under it can be decided again without the folder."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from amends.journal.models import Entry
from amends.programmes import folder, operations, queries

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, tzinfo=UTC)


def test_adopting_twice_is_adopting_once() -> None:
    programme = folder.load(folder.find("uncc"))
    first = operations.adopt(programme, by="Board", at=AT)
    assert operations.adopt(programme, by="Board", at=AT) == first
    assert Entry.objects.filter(kind="programme.adopted").count() == 1


def test_the_log_is_told_the_hash_in_clear() -> None:
    programme = folder.load(folder.find("uncc"))
    operations.adopt(programme, by="Board", at=AT)
    entry = Entry.objects.get(kind="programme.adopted")
    assert entry.public
    assert programme.sha256 in entry.content


def test_a_version_is_read_back_whole_from_the_database() -> None:
    programme = folder.load(folder.find("ukraine"))
    version = queries.version(operations.adopt(programme, by="Board", at=AT))
    assert version.programme.sha256 == programme.sha256
    assert version.programme.decision.model.sha256 == programme.decision.model.sha256


def test_the_current_version_is_the_one_adopted_last() -> None:
    programme = folder.load(folder.find("uncc"))
    operations.adopt(programme, by="Board", at=AT)
    changed = folder.from_files("uncc/v1", {**programme.files, "README.md": "A note."})
    later = operations.adopt(changed, by="Board", at=AT)
    assert queries.current("uncc/v1").id == queries.current("uncc").id == later


def test_what_was_never_adopted_is_refused_in_words() -> None:
    with pytest.raises(queries.VersionUnknown, match="has been adopted here"):
        queries.current("uncc/v1")


def test_the_audit_is_given_what_the_journal_says() -> None:
    operations.adopt(folder.load(folder.find("uncc")), by="Board", at=AT)
    (fact,) = queries.facts_for_audit()
    assert isinstance(fact.content, dict)
    assert fact.content["sha256"] == queries.current("uncc").sha256
