"""How does a file of claims become a table of plain texts, whatever its format and size?

Every value is kept as text, exactly as it stands: a typed value would already be an interpretation (and a CSV
reader's guess of types a wrong one). A float of Parquet or Excel becomes its shortest decimal text, which is what
was typed in. Each refusal here concerns the file as a whole; what is wrong with one row is said of that row.

    FileUnusable
      FormatUnknown    EncodingWrong    FileDamaged    FileEmpty
"""

from __future__ import annotations

import codecs
import csv
import datetime
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from amends.claims.sql import identifier, literal
from amends.refusal import Refusal

PROBLEM = "#problem"  # the raw table's own column: what was wrong with the row as a row
FORMATS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".parquet": "parquet"}
DELIMITERS = ",;\t|"
ROWS_AT_ONCE = 50_000
LARGEST_FIELD = 1_000_000  # characters; beyond it a quotation mark was surely never closed


class FileUnusable(Refusal):
    """Not one row of the file can be read with certainty, so none is taken."""


class FormatUnknown(FileUnusable): ...


class EncodingWrong(FileUnusable): ...


class FileDamaged(FileUnusable): ...


class FileEmpty(FileUnusable): ...


@dataclass(frozen=True)
class Raw:
    """The file as a DuckDB table of texts, in the file's order (rowid)."""

    table: str
    columns: tuple[str, ...]
    rows: int


def open_raw(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> Raw:
    """Reads the whole file into `table`. May refuse with any FileUnusable; then there is no table."""
    if not path.is_file():
        raise FileUnusable(f"There is no file {path}.", do="Check the path.")
    readers = {"csv": _read_csv, "xlsx": _read_xlsx, "parquet": _read_parquet}
    columns = readers[_format(path)](connection, path, table)
    rows = connection.execute(f"SELECT count(*) FROM {identifier(table)}").fetchone()
    assert rows is not None
    if rows[0] == 0:
        connection.execute(f"DROP TABLE {identifier(table)}")
        raise FileEmpty(f"{path.name} has no rows of claims.", do="Check that the right file was exported.")
    return Raw(table, tuple(columns), rows[0])


def _format(path: Path) -> str:
    """By the first bytes where they say it, else by the name."""
    with path.open("rb") as file:
        head = file.read(8)
        file.seek(max(0, path.stat().st_size - 4))
        tail = file.read()
    if not head:
        raise FileEmpty(f"{path.name} is empty.", do="Check that the export finished.")
    named = FORMATS.get(path.suffix.lower())
    if head.startswith(b"PAR1") or named == "parquet":
        if not head.startswith(b"PAR1") or tail != b"PAR1":
            raise _damaged(
                path, "Parquet", "its beginning or its end is missing, so it was cut off or is no Parquet file"
            )
        return "parquet"
    if head.startswith(b"PK\x03\x04") or named == "xlsx":
        return "xlsx"
    if named != "csv":
        raise FormatUnknown(
            f"{path.name} is of a format that intake does not read.",
            "Guessing a format could misread every amount in the file.",
            "Give a .csv, .xlsx or .parquet file.",
        )
    return "csv"


def _damaged(path: Path, kind: str, why: str) -> FileDamaged:
    return FileDamaged(
        f"{path.name} cannot be read as {kind}: {why}.",
        "What can be read of a damaged file could miss claims, so nothing was taken.",
        "Export or copy the file again.",
    )


def _checked_header(path: Path, names: Sequence[str | None]) -> list[str]:
    header = [(name or "").strip() for name in names]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise FileEmpty(f"{path.name} has no header.", do="The first row must name the columns.")
    for number, name in enumerate(header, 1):
        if not name:
            raise FileUnusable(f"Column {number} of {path.name} has no name.", do="Name it in the first row.")
        if header.index(name) != number - 1:
            raise FileUnusable(
                f'{path.name} has two columns named "{name}".',
                "Nobody could say which of them counts.",
                "Rename or remove one of them.",
            )
    return header


# CSV ------------------------------------------------------------------------------------------------------------


def _read_csv(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> list[str]:
    _check_encoding(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = next((line for line in file if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    header = _checked_header(path, next(csv.reader([first], delimiter=delimiter), []))
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    try:
        connection.execute(
            f"""CREATE TABLE {identifier(table)} AS SELECT NULL::VARCHAR AS "{PROBLEM}", * FROM read_csv(
                {literal(str(path))}, auto_detect = false, header = true, delim = {literal(delimiter)}, quote = '"',
                escape = '"', columns = {{{columns}}}, max_line_size = {LARGEST_FIELD})"""
        )
    except duckdb.Error:
        # Some row does not have the header's number of fields. Python's reader, slower, names each of them.
        rows = _csv_rows(path, delimiter)
        next(rows)
        _store(connection, table, header, _squared(rows, len(header), delimiter))
    return header


def _check_encoding(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    before, lines = 0, 1
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            pending = len(decoder.getstate()[0])  # a letter may be cut in two by the end of a chunk
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                at = error.start - pending
                line = lines + chunk[: max(at, 0)].count(b"\n")
                value = (decoder.getstate()[0] + chunk)[error.start] if at < 0 else chunk[at]
                raise _wrong_encoding(path, before + at, line, value) from None
            if b"\0" in chunk:
                at = chunk.index(b"\0")
                raise _wrong_encoding(path, before + at, lines + chunk[:at].count(b"\n"), 0)
            before, lines = before + len(chunk), lines + chunk.count(b"\n")
    if decoder.getstate()[0]:
        raise _damaged(path, "CSV", "it ends in the middle of a letter")


def _wrong_encoding(path: Path, byte: int, line: int, value: int) -> EncodingWrong:
    return EncodingWrong(
        f"{path.name} is not UTF-8 text: byte {byte:,} in line {line:,} (0x{value:02X}) cannot stand there.",
        "Read with another guess, names would change their letters.",
        "Save the file as “CSV UTF-8”. Files from older Windows programs are often Windows-1251 or UTF-16.",
    )


def _csv_rows(path: Path, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(LARGEST_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=False)
        try:
            yield from (row for row in reader if row)
        except csv.Error as error:
            raise _damaged(
                path, "CSV", f"near line {reader.line_num:,} a quotation mark is never closed ({error})"
            ) from None


def _squared(rows: Iterable[list[str]], width: int, delimiter: str) -> Iterator[list[str | None]]:
    """Each row with its problem in front, and exactly `width` values; nothing of a longer row is dropped."""
    for row in rows:
        if len(row) == width:
            yield [None, *row]
            continue
        problem = (
            f"the row has {len(row)} fields where the header has {width}; is a {delimiter!r} inside a text unquoted?"
        )
        kept = [*row[: width - 1], delimiter.join(row[width - 1 :])] if len(row) > width else row
        yield [problem, *kept, *[None] * (width - len(kept))]


# Excel ----------------------------------------------------------------------------------------------------------


def _read_xlsx(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> list[str]:
    try:
        # calamine panics on some broken archives; its panic is a BaseException of its own, hence the wide net.
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged(path, "Excel", str(error)) from None
    rows = ([_cell_text(value) for value in row] for row in sheet.iter_rows())
    filled = (row for row in rows if any(row))
    header = _checked_header(path, next(filled, []))
    width = len(header)
    _store(connection, table, header, ([None, *row[:width], *[None] * (width - len(row))] for row in filled))
    return header


def _cell_text(value: object) -> str | None:
    """A cell as its shortest exact text. Excel keeps every number as a float, whole ones too."""
    if value == "" or value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _store(
    connection: duckdb.DuckDBPyConnection, table: str, header: Sequence[str], rows: Iterator[list[str | None]]
) -> None:
    columns = [PROBLEM, *header]
    types = ", ".join(f"{identifier(name)} VARCHAR" for name in columns)
    connection.execute(f"CREATE TABLE {identifier(table)} ({types})")
    try:
        while some := list(itertools.islice(rows, ROWS_AT_ONCE)):
            texts = [pa.array(column, pa.string()) for column in zip(*some, strict=True)]
            connection.register("amends_some_rows", pa.table(texts, names=columns))
            connection.execute(f"INSERT INTO {identifier(table)} FROM amends_some_rows")
            connection.unregister("amends_some_rows")
    except FileUnusable:
        connection.execute(f"DROP TABLE {identifier(table)}")
        raise


# Parquet --------------------------------------------------------------------------------------------------------


def _read_parquet(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> list[str]:
    source = f"read_parquet({literal(str(path))})"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        header = _checked_header(path, [row[0] for row in described])
        texts = ", ".join(
            f"{_text_sql(row[0], row[1])} AS {identifier(name)}" for row, name in zip(described, header, strict=True)
        )
        connection.execute(
            f'CREATE TABLE {identifier(table)} AS SELECT NULL::VARCHAR AS "{PROBLEM}", {texts} FROM {source}'
        )
    except duckdb.Error as error:
        raise _damaged(path, "Parquet", str(error).splitlines()[0].rstrip(".")) from None
    return header


def _text_sql(name: str, type_: str) -> str:
    """A column of any type as text. DuckDB writes a float as the shortest text that reads back as the same float."""
    column = identifier(name)
    if type_.endswith("[]"):
        return f"array_to_string(CAST({column} AS VARCHAR[]), ';')"
    if type_.startswith(("STRUCT", "MAP")):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"CAST({column} AT TIME ZONE 'UTC' AS VARCHAR) || 'Z'"
    return f"CAST({column} AS VARCHAR)"
