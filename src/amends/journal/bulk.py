"""How do millions of rows reach a table quickly (and leave it), inside the same transaction as everything else?

PostgreSQL's COPY, fed with CSV that Arrow writes: measured several times faster than rows bound one by one,
and it runs on Django's own connection, so it commits or fails with the operation that calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv


def copy_rows(cursor: Any, table: str, rows: pa.Table) -> None:
    """COPY `rows` into `table`; the Arrow column names are the table's column names.

    Nulls arrive as NULL and empty strings as empty strings. Binary columns are given as text: ``\\x`` and hex.
    """
    columns = ", ".join(f'"{name}"' for name in rows.column_names)
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)") as copy:
        pa_csv.write_csv(rows, _Sink(copy), pa_csv.WriteOptions(include_header=False))


def read_rows(cursor: Any, query: str, params: Sequence[Any], schema: pa.Schema) -> pa.Table:
    """The rows of `query` as Arrow, by COPY: the way back, as fast as the way in. `schema` names and types the
    query's columns in their order; NULL and the empty string stay apart. Instants are asked for in UTC."""
    text = pa.BufferOutputStream()
    with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", params) as copy:
        for block in copy:
            text.write(block)
    if text.tell() == 0:
        return schema.empty_table()
    return pa_csv.read_csv(
        pa.BufferReader(text.getvalue()),
        pa_csv.ReadOptions(column_names=schema.names),
        pa_csv.ParseOptions(newlines_in_values=True),
        pa_csv.ConvertOptions(
            column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            true_values=["t"], false_values=["f"],
        ),
    )  # fmt: skip


def reserve_ids(cursor: Any, table: str, count: int) -> Sequence[int]:
    """`count` fresh ids of `table`'s own sequence, so that rows can name each other before they are written."""
    drawn = read_rows(
        cursor,
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [table, count],
        pa.schema({"id": pa.int64()}),
    )
    ids: list[int] = drawn["id"].to_pylist()
    return ids


def reserve_range(cursor: Any, table: str, count: int) -> int:
    """The first of `count` fresh ids that follow each other: quicker than drawing each, for writers that hold a
    lock of their own on what they write. Ids that are not used in the end leave a gap, which means nothing."""
    # Two writers in the same moment could be given the same range; its primary key would then refuse the second.
    cursor.execute(
        "SELECT setval(s, nextval(s) + %s) - %s FROM pg_get_serial_sequence(%s, 'id') s",
        [count - 1, count - 1, table],
    )
    return int(cursor.fetchone()[0])


class _Sink:
    """The part of a Python file that Arrow's CSV writer asks for."""

    closed = False

    def __init__(self, copy: Any) -> None:
        self._copy = copy

    def write(self, data: bytes) -> int:
        self._copy.write(bytes(data))
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False
