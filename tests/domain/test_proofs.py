import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from amends.journal.operations import write
from amends.journal.queries import waiting_for_log
from amends.proofs import queries
from amends.proofs.gateway import LogRefused
from amends.proofs.operations import Published, publish
from amends.proofs.receipt import verify
from amends.tlog.fsck import fsck
from amends.tlog.reader import Tree
from amends.tlog.store import Folder
from amends.tlog.verify import verify_extension

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.HOME = tmp_path
    return tmp_path


def file(*claims: int, public: bool = False) -> None:
    with transaction.atomic():
        write(
            kind="round.allocated" if public else "claim.filed", by="register", at=NOON, public=public,
            contents=[{"claim": f"UA-{claim}"} for claim in claims], claims=None if public else claims,
        )  # fmt: skip


def published() -> Published:
    return publish(by="sequencer", at=NOON)


def log_entries(home: Path, size: int) -> list[bytes]:
    return list(Tree(Folder(home / "log"), size).entries())


def test_what_is_published_is_whole_and_in_order(home: Path) -> None:
    file(1, 2)
    file(3, public=True)
    result = published()
    assert (result.size, result.fresh, waiting_for_log()) == (3, 3, 0)
    entries = log_entries(home, 3)
    assert [b'"type":"private"' in entry for entry in entries] == [True, True, False]
    assert b"UA-1" not in b"".join(entries[:2])
    assert b"UA-3" in entries[2]
    key = queries.log_key()
    assert key is not None
    assert fsck(home / "log", key).faults == ()


def test_publishing_again_only_adds(home: Path) -> None:
    file(*range(300))
    published()
    before = queries.newest_checkpoint()
    file(*range(300))
    assert published().fresh == 300
    after, key = queries.newest_checkpoint(), queries.log_key()
    assert before
    assert after
    assert key
    verify_extension(before.note, after.note, Tree(Folder(home / "log"), 600).consistency_path(300), key)


def test_nothing_new_publishes_nothing_new() -> None:
    assert published() == published()
    file(1)
    assert published().root == published().root


def test_the_key_is_for_its_owner_alone(home: Path) -> None:
    file(1)
    published()
    assert stat.S_IMODE((home / "log-key").stat().st_mode) == 0o600
    secret = (home / "log-key").read_text()
    shown = [path.read_text(errors="replace") for path in (home / "log").rglob("*") if path.is_file()]
    assert not any(secret.strip()[-40:] in text for text in shown)


def test_a_receipt_proves_what_happened_to_a_claim() -> None:
    file(1, 2)
    published()
    file(1)
    [(place, text)] = queries.receipts(1)
    key = queries.log_key()
    assert key
    [proven] = verify(text, key)
    assert (proven.kind, proven.by, proven.content, proven.index) == ("claim.filed", "register", {"claim": "UA-1"}, 0)
    assert (place.index, proven.checkpoint.size, proven.public) == (0, 2, False)
    assert [place.index for place in queries.logged(1)] == [0, None]


def test_progress_is_told_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amends.proofs.operations.BATCH", 100)
    file(*range(250))
    seen: list[tuple[int, int]] = []
    publish(by="sequencer", at=NOON, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(100, 250), (200, 250), (250, 250)]


def test_a_place_is_given_once_and_for_ever() -> None:
    file(1)
    published()
    for statement in ("UPDATE proofs_leaf SET index = 9", "DELETE FROM proofs_leaf", "TRUNCATE proofs_checkpoint"):
        with pytest.raises(Exception, match="is history"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


# After a restored copy of the one or of the other: the log must not contradict what the world has seen.


def forget(*statements: str) -> None:
    """What a restored older copy looks like: the guards are off, rows are gone."""
    with connection.cursor() as cursor:
        for table in ("proofs_leaf", "proofs_checkpoint", "journal_entry"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_is_history")
        for statement in statements:
            cursor.execute(statement)
        for table in ("proofs_leaf", "proofs_checkpoint", "journal_entry"):
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_is_history")


def test_a_restored_older_database_does_not_sign(home: Path) -> None:
    file(1, 2, 3)
    published()
    forget("DELETE FROM proofs_leaf WHERE index = 2", "DELETE FROM proofs_checkpoint")
    file(4)
    note = (home / "log/checkpoint").read_bytes()
    with pytest.raises(LogRefused, match="has 3 entries; the database knows of 2"):
        published()
    assert (home / "log/checkpoint").read_bytes() == note
    assert waiting_for_log() == 1


def test_an_older_log_folder_is_not_continued(home: Path) -> None:
    file(1, 2)
    published()
    (home / "log/checkpoint").unlink()
    with pytest.raises(LogRefused, match="ends at 0 entries, but 2 were published"):
        published()


def test_a_database_of_other_entries_does_not_sign() -> None:
    file(1, 2)
    published()
    forget(
        "DELETE FROM proofs_checkpoint",
        r"UPDATE journal_entry SET commitment = '\x00' || substr(commitment, 2) WHERE claim = 2",
    )
    with pytest.raises(LogRefused, match="not the one that the database would make"):
        published()


def test_a_checkpoint_that_was_published_but_not_remembered_is_remembered() -> None:
    file(1, 2)
    published()
    forget("DELETE FROM proofs_checkpoint")
    file(3)
    assert published().size == 3
    newest = queries.newest_checkpoint()
    assert newest
    assert newest.size == 3


@pytest.mark.parametrize("file_name", ["log-key", "log/tile/0/000.p/2"])
def test_a_log_that_lost_a_part_is_not_continued(home: Path, file_name: str) -> None:
    file(1, 2)
    published()
    (home / file_name).unlink()
    with pytest.raises(LogRefused):
        published()


def test_a_disk_that_takes_nothing_is_a_refusal_in_words_and_the_log_goes_on_later(home: Path) -> None:
    file(1, 2)
    published()
    file(3)
    in_the_way = home / "log/tile/entries/000.p/3.new"
    in_the_way.mkdir()
    with pytest.raises(LogRefused, match="Nothing was signed"):
        published()
    in_the_way.rmdir()
    assert published().size == 3
