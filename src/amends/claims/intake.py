"""How does a file of claims, of any size and in anybody's columns, become claims that can be computed with?

`read` gives one row for each row of the file, in its order, in the columns of the standard claims relation:

    row, claim, claimant, claimant_kind, name, name_latin, birth_date, tax_number, household, iban, language,
    category, filed_at (UTC), evidence (list of codes), one typed column per question,
    repeats (the row that already had this claim id; null for the first), problems (in words; empty where none)

A value with a problem is null and its problem says why, so no row is lost and none is changed in silence. All of it
is set-wise SQL. What is wrong with the file as a whole is refused (see opening.py, and ColumnsMissing here).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from amends.claims import columns
from amends.claims.columns import Reading
from amends.claims.opening import PROBLEM, FileUnusable, open_raw
from amends.claims.sql import identifier, literal
from amends.programmes.columns import OBLIGATORY, STANDARD_COLUMNS, read_mapping
from amends.programmes.faults import Faults, ProgrammeInvalid, nearest
from amends.programmes.programme import CLAIMANT_KINDS, ColumnMapping, Programme, Source

BLANKS = " \t\n\r\u00a0\u202f\ufeff"
SEPARATOR = (
    "\x1f"  # between texts while they are one text; none that was read can hold it, see columns.CONTROL_CHARACTERS
)


class ColumnsMissing(FileUnusable):
    """The file lacks a column without which no row of it is a claim."""


@dataclass(frozen=True)
class Intake:
    """A file that has been read: the typed relation `table`, and the raw texts in `raw` (its rowid + 1 is `row`)."""

    table: str
    raw: str
    rows: int
    columns: tuple[str, ...]
    mapping: str
    unused: tuple[str, ...]


def read(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    programme: Programme,
    mapping: ColumnMapping | Path | None = None,
    table: str = "claims",
    latest: date | None = None,
) -> Intake:
    """Reads the file at `path` into the DuckDB table `table`.

    `mapping` is one of the programme's, or a file that says the same of other columns. Without it, the programme's
    own mappings are tried by the columns they detect; where none fits, the file must have the standard columns. No
    date may lie after `latest`. May refuse with any FileUnusable, and with ProgrammeInvalid for a mapping file.
    """
    connection.execute("SET TimeZone = 'UTC'")
    raw = open_raw(connection, path, f"{table}_raw")
    if isinstance(mapping, Path):
        mapping = read_mapping_file(mapping, programme)
    mapping = mapping or _detected(programme, raw.columns) or _standard(programme, raw.columns)
    _check_columns(path, mapping, raw.columns)
    sources = {**mapping.fields, **mapping.questions}
    fields = [
        _Field(name, sources.get(name), reading) for name, reading in _readings(programme, sources, latest).items()
    ]
    # DuckDB gives each thread 122,880 rows or none: cut in two, files smaller than that use a second core as well.
    halves = [_relation_sql(programme, fields, raw.table, half) for half in _halves(raw.rows)]
    connection.execute(f"CREATE TABLE {identifier(table)} AS {' UNION ALL '.join(halves)}")
    _mark_repeats(connection, table, raw.table)
    used = {source.column for source in sources.values()}
    return Intake(
        table, raw.table, raw.rows, raw.columns, mapping.name, tuple(c for c in raw.columns if c not in used)
    )


def read_mapping_file(path: Path, programme: Programme) -> ColumnMapping:
    """The mapping in the TOML file at `path`. May refuse with ProgrammeInvalid, which names its faults."""
    faults = Faults()
    try:
        mapping = read_mapping(path.name, path.read_text(encoding="utf-8"), programme.questions, faults)
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnusable(f"The mapping {path} cannot be read: {error}.", do="Check the path.") from None
    if faults.errors:
        raise ProgrammeInvalid(programme.code, faults.found)
    return mapping


@dataclass(frozen=True)
class _Field:
    """One column of the relation, the place of the file it comes from, and how it is read."""

    name: str
    source: Source | None
    reading: Reading

    @property
    def text(self) -> str:
        return identifier(f"{self.name} text")

    @property
    def value(self) -> str:
        return identifier(f"{self.name} value")

    @property
    def fault(self) -> str:
        return identifier(f"{self.name} fault")

    def text_sql(self) -> str:
        """What stands in the file, trimmed and translated; null where empty."""
        if self.source is None:
            return "CAST(NULL AS VARCHAR)"
        if self.source.column is None:
            return literal(self.source.value or "")
        found = f"nullif(trim({identifier(self.source.column)}, {literal(BLANKS)}), '')"
        if not self.source.values:
            return found
        whens = " ".join(f"WHEN {literal(was)} THEN {literal(is_)}" for was, is_ in self.source.values.items())
        return f"CASE {found} {whens} ELSE {found} END"

    def value_sql(self) -> str:
        return self.reading.over(self.reading.value, text=self.text, value=self.value)

    def fault_sql(self) -> str:
        column = self.source.column if self.source and self.source.column else self.name
        shown = f"{literal(column + ' “')} || left({self.text}, 60) || '”'"
        faults = [
            (self.reading.over(when, text=self.text, value=self.value), say) for when, say in self.reading.faults
        ]
        whens = " ".join(f"WHEN {when} THEN {shown} || {literal(' ' + say)}" for when, say in faults)
        if not whens:
            return "CAST(NULL AS VARCHAR)"
        return f"CASE WHEN {self.text} IS NULL THEN NULL {whens} END"

    def typed_sql(self) -> str:
        return f"CASE WHEN {self.fault} IS NULL THEN CAST({self.value} AS {self.reading.type}) END"


def _readings(programme: Programme, sources: Mapping[str, Source], latest: date | None) -> dict[str, Reading]:
    """How each column of the relation is read, in the relation's order."""
    formats = {name: source.format for name, source in sources.items()}
    evidence = sorted({paper.code for category in programme.categories.values() for paper in category.evidence})
    special = {
        "claimant_kind": columns.choice(CLAIMANT_KINDS, "kind of claimant"),
        "birth_date": columns.day(formats.get("birth_date"), latest),
        "tax_number": columns.tax_number(),
        "iban": columns.iban(),
        "language": columns.choice(programme.languages, "language"),
        "category": columns.choice(tuple(programme.categories), "category"),
        "filed_at": columns.moment(formats.get("filed_at"), latest),
        "evidence": columns.codes(evidence, "kind of evidence"),
    }
    standard = {name: special.get(name) or columns.text() for name in STANDARD_COLUMNS}
    asked = {id_: columns.answer(question, formats.get(id_), latest) for id_, question in programme.questions.items()}
    return standard | asked


def _halves(rows: int) -> list[tuple[int, int]]:
    """The first and the last row of each half."""
    middle = rows // 2
    return [(1, middle), (middle + 1, rows)] if middle else [(1, rows)]


def _relation_sql(programme: Programme, fields: Sequence[_Field], raw: str, rows: tuple[int, int]) -> str:
    """Four layers over some rows of the raw table: texts, values, faults, and the typed relation."""
    texts = ", ".join(f"{field.text_sql()} AS {field.text}" for field in fields)
    values = ", ".join(f"{field.value_sql()} AS {field.value}" for field in fields)
    faults = ", ".join(f"{field.fault_sql()} AS {field.fault}" for field in fields)
    typed = ", ".join(f"{_typed_sql(programme, field)} AS {identifier(field.name)}" for field in fields)
    missing = ", ".join(
        f"CASE WHEN {field.text} IS NULL THEN {literal(f'{field.name} is missing; every claim needs it')} END"
        for field in fields
        if field.name in OBLIGATORY
    )
    said = f"concat_ws('{SEPARATOR}', row_problem, {missing}, {', '.join(field.fault for field in fields)})"
    return f"""
    (SELECT "row", {typed}, CAST(NULL AS BIGINT) AS repeats,
      CASE WHEN {said} = '' THEN CAST([] AS VARCHAR[]) ELSE string_split({said}, '{SEPARATOR}') END AS problems
    FROM (SELECT *, {faults}
    FROM (SELECT *, {values}
    FROM (SELECT rowid + 1 AS "row", "{PROBLEM}" AS row_problem, {texts}
    FROM {identifier(raw)} WHERE rowid BETWEEN {rows[0] - 1} AND {rows[1] - 1})))
    ORDER BY "row")
    """


def _typed_sql(programme: Programme, field: _Field) -> str:
    """The value, or what holds where nothing was said."""
    typed = field.typed_sql()
    if field.name == "evidence":
        return f"coalesce({typed}, CAST([] AS VARCHAR[]))"
    if field.name == "language":
        return f"coalesce({typed}, {literal(programme.languages[0])})"
    if field.name == "claimant_kind":
        # The kind of claimant that a category names first is the usual one.
        usual = {code: category.claimants[0] for code, category in programme.categories.items() if category.claimants}
        whens = " ".join(f"WHEN {literal(code)} THEN {literal(kind)}" for code, kind in usual.items())
        return f'coalesce({typed}, CASE "category text" {whens} END)' if whens else typed
    return typed


def _mark_repeats(connection: duckdb.DuckDBPyConnection, table: str, raw: str) -> None:
    """The same claim id again: unchanged, it is only known already; with other content, somebody must look."""
    target, texts = identifier(table), identifier(raw)
    connection.execute(
        f"""
        UPDATE {target} SET repeats = again.first,
          problems = CASE WHEN again.same THEN problems ELSE list_append(problems,
            'claim “' || {target}.claim || '” stands in row ' || again.first || ' already, with other content') END
        FROM (
          WITH twice AS (
            SELECT claim, min("row") AS first FROM {target} WHERE claim IS NOT NULL GROUP BY claim HAVING count(*) > 1
          ),
          seen AS (
            SELECT c."row", twice.first, to_json(r) AS content
            FROM twice JOIN {target} c USING (claim) JOIN {texts} r ON r.rowid + 1 = c."row"
          )
          SELECT later."row", later.first, later.content = earlier.content AS same
          FROM seen later JOIN seen earlier ON earlier."row" = later.first
          WHERE later."row" > later.first
        ) again
        WHERE again."row" = {target}."row"
        """
    )


def _detected(programme: Programme, header: Sequence[str]) -> ColumnMapping | None:
    return next((m for m in programme.mappings if m.detect and set(m.detect) <= set(header)), None)


def _standard(programme: Programme, header: Sequence[str]) -> ColumnMapping:
    """The file's columns are the relation's own."""
    present = set(header)
    return ColumnMapping(
        name="",
        detect=(),
        fields={name: Source(column=name) for name in STANDARD_COLUMNS if name in present or name in OBLIGATORY},
        questions={name: Source(column=name) for name in programme.questions if name in present},
    )


def _check_columns(path: Path, mapping: ColumnMapping, header: Sequence[str]) -> None:
    sources = {**mapping.fields, **mapping.questions}.values()
    missing = [s.column for s in sources if s.column is not None and s.column not in header]
    if missing:
        named = " ".join(f'"{name}".{nearest(name, header)}' for name in missing)
        what = f'The mapping "{mapping.name}" reads' if mapping.name else "Every file of claims has"
        raise ColumnsMissing(
            f"{path.name} lacks {len(missing)} column{'s' * (len(missing) > 1)}. {what} {named}",
            "Without it no row can be read as a claim."
            if not mapping.name
            else "A claim would silently lose an answer.",
            "Rename the columns, or give a mapping with --mapping.",
        )
