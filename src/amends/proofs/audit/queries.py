"""How are half a million facts compared with the journal and the log, in a minute and in bounded memory?

Facts are hashed as they stream by and laid into a temporary table, where the database compares them with the
journal as sets; entries stream past the log's files in the order of their places. All of it sees one moment of the
database (repeatable read), whatever is written meanwhile.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, islice
from typing import Any

import pyarrow as pa
from django.db import DatabaseError, connection, transaction

from amends.checks import queries as checks
from amends.claims import queries as claims
from amends.decisions import queries as decisions
from amends.fund import queries as fund
from amends.journal.bulk import copy_rows
from amends.journal.canonical import canonical
from amends.journal.facts import Fact
from amends.journal.operations import KEY_BYTES
from amends.journal.statement import private_leaf, statement_of
from amends.payments import queries as payments
from amends.programmes import queries as programmes
from amends.proofs.audit.difference import Difference, Kind, Report, Unmatched, differences, named
from amends.proofs.gateway import log_folder, log_key, only_one_sequencer, published_tree
from amends.proofs.queries import checkpoints, newest_checkpoint, places
from amends.tlog import merkle
from amends.tlog.checkpoint import open_checkpoint
from amends.tlog.fsck import fsck
from amends.tlog.log import KEY
from amends.tlog.note import NoteInvalid, Verifier
from amends.tlog.reader import FileMissing, Tree
from amends.tlog.tiles import WIDTH, TileInvalid
from amends.treaty import queries as treaty

# Every package that writes journal entries. An entry whose package is missing here has no fact, and is named.
SOURCES: tuple[Callable[[], Iterator[Fact]], ...] = (
    programmes.facts_for_audit,
    treaty.facts_for_audit,
    fund.facts_for_audit,
    claims.facts_for_audit,
    checks.facts_for_audit,
    decisions.facts_for_audit,
    payments.facts_for_audit,
)
BATCH = 100 * WIDTH
Progress = Callable[[str, int], None]  # what is being compared, and how many more were


def audit(progress: Progress = lambda _what, _more: None) -> Report:
    """Compares everything with everything and names what differs. Writes nothing; the sequencer waits meanwhile."""
    with only_one_sequencer(), _one_moment():
        found, size, root = _log_differences(progress)
        found += _place_differences(size)
        facts = _lay_out_facts(progress, found)
        found += differences(_unmatched())
        (entries,), (waiting,) = _rows("SELECT count(*) FROM journal_entry")[0], _rows(_WAITING_SQL, [size])[0]
    return Report(facts, entries, size, waiting, root, tuple(found))


@contextmanager
def _one_moment() -> Iterator[None]:
    """A transaction that sees the database as it was when it began."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.audit_fact")
        cursor.execute(
            "CREATE TEMPORARY TABLE audit_fact (kind text, claim bigint, digest bytea, subject text) ON COMMIT DROP"
        )
        yield


def _log_differences(progress: Progress) -> tuple[list[Difference], int, str]:
    """Question 1, and question 2 where the log can be read: the differences, the published size, the root."""
    try:
        key = log_key()
    except NoteInvalid as fault:
        return [_damaged(KEY, str(fault))], 0, ""
    if key is None:
        return ([], 0, "") if not places() else ([_damaged("the log folder", "the log is missing")], 0, "")
    report = fsck(log_folder(), key)
    found = [_damaged(fault.file, fault.message) for fault in report.faults]
    if report.checkpoint is None:
        return found, 0, ""
    size = report.checkpoint.size
    newest = newest_checkpoint()
    if newest and (newest.size, newest.root) != (size, report.checkpoint.root):
        found.append(_damaged("checkpoint", f"is not the one of {newest.size:,} entries that was published last"))
    found += _checkpoint_differences(size, key)
    found += _entry_differences(size, progress)
    return found, size, report.checkpoint.root.hex()


def _checkpoint_differences(size: int, key: Verifier) -> Iterator[Difference]:
    """Every checkpoint that the database remembers was signed, and is of a beginning of the published log."""
    tree = published_tree(size)
    for row in checkpoints():
        try:
            signed = open_checkpoint(row.note, key)
            root = merkle.tree_root(row.size, tree.subtree) if row.size <= size else None
        except (NoteInvalid, TileInvalid, FileMissing) as fault:
            yield _damaged(f"proofs_checkpoint {row.size}", str(fault))
            continue
        if not (row.size, row.root) == (signed.size, signed.root) == (row.size, root):
            yield _damaged(f"proofs_checkpoint {row.size}", "is not of this log as it was at that size")


def _damaged(file: str, message: str) -> Difference:
    return Difference(Kind.DAMAGED_LOG, file, message)


# Question 2: each place of the log, with the entry that stands there. A private entry gives the log's bytes only
# together with its key, so a change of anything in it (author, time, kind, content, key) shows.

_PLACES_SQL = """
SELECT place, e.id, e.kind, e.by, e.at, e.public, e.content, e.key, e.commitment
FROM generate_series(%s::bigint, %s::bigint - 1) AS place
LEFT JOIN proofs_leaf l ON l.index = place LEFT JOIN journal_entry e ON e.id = l.entry_id
ORDER BY place
"""
_statement = lru_cache(1024)(statement_of)


def _entry_differences(size: int, progress: Progress) -> Iterator[Difference]:
    tree = published_tree(size)
    for start in range(0, size, BATCH):
        stop = min(start + BATCH, size)
        published = chain.from_iterable(_bundle(tree, number) for number in range(start // WIDTH, -(-stop // WIDTH)))
        for row, shown in zip(_rows(_PLACES_SQL, [start, stop]), published, strict=True):
            place, id_, kind, by, at, public, content, key, committed = row
            if id_ is None:
                yield Difference(Kind.MISSING_ENTRY, f"entry {place} of the log", "the journal has no entry for it")
                continue
            statement = _statement(kind=kind, by=by, at=at, public=public)(content).encode()
            mac = hashlib.sha256(statement).digest() if public else hmac.digest(key, statement, "sha256")
            ours = statement if public else private_leaf(mac)
            if shown is not None and ours != shown:
                message = f"journal_entry {id_} does not say what the log holds as entry {place}"
                yield Difference(Kind.CHANGED_ENTRY, named(kind, content), message)
            elif mac != committed or (not public and len(key) != KEY_BYTES):  # HMAC takes a key and zeros for the key
                message = f"journal_entry {id_} does not fit its own commitment"
                yield Difference(Kind.CHANGED_ENTRY, named(kind, content), message)
        progress("entries with the log", stop - start)


def _bundle(tree: Tree, number: int) -> list[bytes] | list[None]:
    """The entries of a bundle; None for each of one that fsck has named already."""
    try:
        return tree.bundle(number)
    except (TileInvalid, FileMissing):
        return [None] * min(WIDTH, tree.size - number * WIDTH)


_WAITING_SQL = """
SELECT (SELECT count(*) FROM journal_outbox) + (SELECT count(*) FROM proofs_leaf WHERE index >= %s)
"""
_WITHOUT_PLACE_SQL = """
SELECT e.id, e.kind, e.content FROM journal_entry e
WHERE NOT EXISTS (SELECT FROM proofs_leaf l WHERE l.entry_id = e.id)
  AND NOT EXISTS (SELECT FROM journal_outbox o WHERE o.entry_id = e.id)
ORDER BY e.id
"""


def _place_differences(size: int) -> Iterator[Difference]:
    """Every entry stands in the log or waits for it; every waiting one still exists."""
    for id_, kind, content in _rows(_WITHOUT_PLACE_SQL):
        message = f"journal_entry {id_} neither stands in the log nor waits for it"
        yield Difference(Kind.CHANGED_ENTRY, named(kind, content), message)
    for (id_,) in _rows(
        "SELECT l.entry_id FROM proofs_leaf l LEFT JOIN journal_entry e ON e.id = l.entry_id "
        "WHERE l.index >= %s AND e.id IS NULL UNION ALL "
        "SELECT o.entry_id FROM journal_outbox o LEFT JOIN journal_entry e ON e.id = o.entry_id WHERE e.id IS NULL",
        [size],
    ):
        yield Difference(Kind.MISSING_ENTRY, f"journal_entry {id_}", "waits for the log but is gone")


# Question 3: facts and entries, compared as sets with their counts.

_UNMATCHED_SQL = """
WITH fact AS (
  SELECT kind, coalesce(claim, -1) AS claim, digest, count(*) AS times, min(subject) AS subject
  FROM audit_fact GROUP BY 1, 2, 3
), entry AS (
  SELECT kind, coalesce(claim, -1) AS claim, sha256(convert_to(content, 'UTF8')) AS digest, count(*) AS times,
         min(id) AS id
  FROM journal_entry GROUP BY 1, 2, 3
)
SELECT kind, nullif(claim, -1), coalesce(fact.times, 0) - coalesce(entry.times, 0), fact.subject,
       (SELECT content FROM journal_entry WHERE id = entry.id)
FROM fact FULL JOIN entry USING (kind, claim, digest)
WHERE fact.times IS DISTINCT FROM entry.times
ORDER BY 1, 2, 4
"""


def _readable(source: Callable[[], Iterator[Fact]], found: list[Difference]) -> Iterator[Fact]:
    """The facts of one package, up to a row that is too damaged to be rebuilt; then the package is named."""
    try:
        yield from source()
    except DatabaseError:
        raise
    except Exception as fault:  # whatever a damaged row does to its reader is a finding, not a bug
        message = f"a row cannot be rebuilt, and no later one was read: {type(fault).__name__} {fault}"
        found.append(Difference(Kind.CHANGED_ROW, source.__module__.removesuffix(".queries"), message))


def _lay_out_facts(progress: Progress, found: list[Difference]) -> int:
    """Puts every fact's digest into the temporary table; how many there are."""
    count, facts = 0, chain.from_iterable(_readable(source, found) for source in SOURCES)
    while batch := list(islice(facts, BATCH)):
        digests = [hashlib.sha256(_text(fact).encode()).hexdigest() for fact in batch]
        with connection.cursor() as cursor:
            copy_rows(
                cursor,
                "audit_fact",
                pa.table(
                    {
                        "kind": [fact.kind for fact in batch],
                        "claim": pa.array([fact.claim for fact in batch], pa.int64()),
                        "digest": ["\\x" + digest for digest in digests],
                        "subject": [fact.subject for fact in batch],
                    }
                ),
            )
        count += len(batch)
        progress("facts with the journal", len(batch))
    return count


def _text(fact: Fact) -> str:
    return fact.content if isinstance(fact.content, str) else canonical(fact.content)


def _unmatched() -> Iterator[Unmatched]:
    for kind, claim, surplus, subject, content in _rows(_UNMATCHED_SQL):
        for _ in range(abs(surplus)):
            on_table = surplus > 0
            yield Unmatched(kind, claim, subject if on_table else None, None if on_table else content)


def _rows(sql: str, parameters: Sequence[int] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
