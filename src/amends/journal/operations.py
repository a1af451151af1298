"""How does an operation say what it did? One call, one COPY, inside the operation's own transaction."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import connection

from amends.journal.bulk import copy_rows
from amends.journal.canonical import canonical, commitment
from amends.journal.statement import statement_of

KEY_BYTES = 32

# The sequencer (proofs) empties the outbox with this, as part of the statement that gives each entry its index.
TAKE_OUTBOX_SQL = "DELETE FROM journal_outbox RETURNING entry_id"


def write(
    *,
    kind: str,
    by: str,
    at: datetime,
    contents: Sequence[Mapping[str, Any] | str],
    claims: Sequence[int | None] | None = None,
    public: bool = False,
) -> None:
    """Writes one entry for each of `contents` (mappings, or texts already canonical), in their order.

    When the caller's transaction commits, the entries are history and stand in the queue for the log; when it
    does not, nothing was said. `claims` names the claim each entry is about. A private entry (the default) gets
    its own random key and is published as a commitment; a public one is published in clear.
    """
    assert connection.in_atomic_block, "an entry belongs to the transaction of the operation it tells of"
    assert claims is None or len(claims) == len(contents), "one claim for each content"
    if not contents:
        return
    texts = [content if isinstance(content, str) else canonical(content) for content in contents]
    statement = statement_of(kind=kind, by=by, at=at, public=public)
    if public:
        keys: list[str | None] = [None] * len(texts)
        commitments = ["\\x" + hashlib.sha256(statement(text).encode()).hexdigest() for text in texts]
    else:
        random = os.urandom(KEY_BYTES * len(texts))
        drawn = [random[start : start + KEY_BYTES] for start in range(0, len(random), KEY_BYTES)]
        keys = ["\\x" + key.hex() for key in drawn]
        commitments = ["\\x" + commitment(key, statement(text)).hex() for key, text in zip(drawn, texts, strict=True)]
    count = len(texts)
    rows = pa.table(
        {
            "kind": pa.repeat(pa.scalar(kind), count),
            "claim": pa.array(claims if claims is not None else [None] * count, pa.int64()),
            "by": pa.repeat(pa.scalar(by), count),
            "at": pa.repeat(pa.scalar(at.isoformat()), count),
            "public": pa.repeat(pa.scalar(public), count),
            "content": pa.array(texts, pa.large_string()),
            "key": pa.array(keys, pa.string()),
            "commitment": pa.array(commitments, pa.string()),
        }
    )
    with connection.cursor() as cursor:
        copy_rows(cursor, "journal_entry", rows)
