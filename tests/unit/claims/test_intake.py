"""What becomes of a stranger's file: every row is read, or says in words why not."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.claims.small_programme import small_programme

from amends.claims import intake
from amends.claims.opening import EncodingWrong, FileDamaged, FileEmpty, FileUnusable, FormatUnknown
from amends.programmes.programme import ColumnMapping, Programme, Source

OLENA = {
    "claim": "1", "claimant": "olena", "category": "HOME", "name": "Олена Гай",
    "filed_at": "2024-05-01T10:00:00+03:00",
    "iban": "UA21 3223 1300 0002 6007 2335 6600 1", "damage_date": "2023-01-31", "region": "UA32",
    "property": "вул. Садова, 5", "amount": "12205.41", "share": "0.5", "rooms": "3", "occupied": "так",
    "evidence": "photo; ownership",
}  # fmt: skip


def rows_of(path: Path, programme: Programme | None = None, **options: Any) -> list[dict[str, Any]]:
    connection = duckdb.connect()
    intake.read(connection, path, programme or small_programme(), **options)
    cursor = connection.execute('SELECT * FROM claims ORDER BY "row"')
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def csv_file(folder: Path, *rows: dict[str, str], name: str = "claims.csv") -> Path:
    header = list(OLENA)
    lines = [",".join(header), *(",".join(f'"{row.get(column, "")}"' for column in header) for row in rows)]
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def problems_of(folder: Path, **answers: str) -> str:
    return " / ".join(rows_of(csv_file(folder, {**OLENA, **answers}), latest=date(2026, 1, 1))[0]["problems"])


def test_a_claim_is_read_with_its_types(tmp_path: Path) -> None:
    row = rows_of(csv_file(tmp_path, OLENA))[0]
    assert row["problems"] == []
    assert row["filed_at"] == datetime(2024, 5, 1, 7, 0)  # noqa: DTZ001 - the relation's instants are UTC without saying so
    assert (row["damage_date"], row["amount"], row["share"]) == (
        date(2023, 1, 31),
        Decimal("12205.41"),
        Decimal("0.5"),
    )
    assert (row["rooms"], row["occupied"], row["evidence"]) == (3, True, ["ownership", "photo"])
    assert row["iban"] == "UA213223130000026007233566001"
    assert (row["language"], row["claimant_kind"]) == ("uk", "person")


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        ("amount", "abc", "amount “abc” is not a number"),
        ("amount", "1,5", "is not a number"),
        ("amount", "12.305", "has more than 2 decimal places"),
        ("amount", "0.0000000000000001", "has more than 2 decimal places"),
        ("amount", "-0.01", "is outside the range 0 to 9,999,999.99"),
        ("amount", "9" * 60, "is outside the range"),
        ("rooms", "2.5", "is not a whole number"),
        ("damage_date", "0206-03-01", "lies before 1900"),
        ("damage_date", "0002-03-01", "lies before 1900"),
        ("damage_date", "2023-02-30", "is a day that no calendar has"),
        ("damage_date", "31.01.2023", "is not a date; write it like"),
        ("damage_date", "2031-01-01", "lies in the future"),
        ("filed_at", "2031-01-01", "lies in the future"),
        ("filed_at", "yesterday", "is not a moment"),
        ("occupied", "maybe", "is neither yes nor no"),
        ("region", "UA99", "is an unknown choice; choose one of UA32, UA80"),
        ("category", "HAUS", "is an unknown category; choose one of HOME, FIRM"),
        ("evidence", "photo;rumour", "has an unknown kind of evidence"),
        ("iban", "UA213223130000026007233566002", "is a mistyped IBAN"),
        ("iban", "123", "is not an IBAN"),
        ("claim", " ", "claim is missing"),
        ("claimant", "", "claimant is missing"),
        ("name", "Оле\u0007на", "has an unprintable character"),
    ],
)
def test_what_is_wrong_is_said_in_words(tmp_path: Path, column: str, text: str, words: str) -> None:
    assert words in problems_of(tmp_path, **{column: text})


def test_a_value_with_a_problem_is_null_and_the_others_stay(tmp_path: Path) -> None:
    row = rows_of(csv_file(tmp_path, {**OLENA, "amount": "much"}))[0]
    assert row["amount"] is None
    assert row["rooms"] == 3


def test_an_empty_answer_is_no_problem(tmp_path: Path) -> None:
    assert problems_of(tmp_path, amount="", damage_date=" ", evidence="", iban="\u00a0") == ""


@settings(max_examples=25, deadline=None)
@given(st.decimals(min_value=0, max_value=Decimal("9999999.99"), places=2, allow_nan=False))
def test_money_is_exact_in_every_format(tmp_path_factory: pytest.TempPathFactory, amount: Decimal) -> None:
    folder = tmp_path_factory.mktemp("money")
    table = pa.table({"claim": ["1"], "claimant": ["a"], "category": ["HOME"], "amount": [float(amount)]})
    pq.write_table(table, folder / "claims.parquet")
    assert rows_of(folder / "claims.parquet")[0]["amount"] == amount
    assert rows_of(csv_file(folder, {**OLENA, "amount": f"{amount:f}"}))[0]["amount"] == amount


def test_excel_gives_the_same_claims_as_csv(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(OLENA))
    typed: dict[str, Any] = {"amount": 12205.41, "rooms": 3, "damage_date": date(2023, 1, 31), "occupied": True}
    sheet.append(list({**OLENA, **typed}.values()))
    sheet.append([None] * len(OLENA))
    book.save(tmp_path / "claims.xlsx")
    assert rows_of(tmp_path / "claims.xlsx") == rows_of(csv_file(tmp_path, OLENA))


def test_semicolons_a_byte_order_mark_and_blank_lines_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("\ufeffclaim;claimant;category;amount\r\n1;a;HOME;5.00\r\n\r\n2;b;HOME;6\r\n", encoding="utf-8")
    assert [row["amount"] for row in rows_of(path)] == [Decimal(5), Decimal(6)]


def test_a_row_with_too_many_fields_is_kept_and_named(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("claim,claimant,category,name\n1,a,HOME,Гай, Олена\n2,b,HOME,Іван\n", encoding="utf-8")
    first, second = rows_of(path)
    assert "has 5 fields where the header has 4" in first["problems"][0]
    assert first["name"] == "Гай, Олена"
    assert second["problems"] == []


def test_the_same_id_twice_is_a_repeat_or_a_contradiction(tmp_path: Path) -> None:
    rows = rows_of(csv_file(tmp_path, OLENA, OLENA, {**OLENA, "amount": "1"}))
    assert [row["repeats"] for row in rows] == [None, 1, 1]
    assert [row["problems"] for row in rows[:2]] == [[], []]
    assert rows[2]["problems"] == ["claim “1” stands in row 1 already, with other content"]


def test_a_mapping_is_chosen_by_the_columns_it_detects(tmp_path: Path) -> None:
    (tmp_path / "foreign.csv").write_text("No,Sum,Where,When\nX1,5.5,Kyiv,04-JAN-2023 00:00\n", encoding="utf-8")
    mapping = ColumnMapping(
        "foreign", ("No", "Sum"),
        {"claim": Source("No"), "claimant": Source("No"), "category": Source(value="HOME")},
        {"amount": Source("Sum"), "region": Source("Where", values={"Kyiv": "UA80"}),
         "damage_date": Source("When", format="%d-%b-%Y %H:%M")},
    )  # fmt: skip
    row = rows_of(tmp_path / "foreign.csv", small_programme(mappings=(mapping,)))[0]
    assert (row["claim"], row["amount"], row["region"]) == ("X1", Decimal("5.5"), "UA80")
    assert (row["damage_date"], row["problems"]) == (date(2023, 1, 4), [])


def test_a_missing_column_is_named_with_its_likeliest_twin(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_text("claim,claiment,category\n1,a,HOME\n")
    with pytest.raises(intake.ColumnsMissing, match=r'"claimant"\. Did you mean "claiment"'):
        rows_of(tmp_path / "claims.csv")


def test_columns_that_nobody_reads_are_listed(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_text("claim,claimant,category,ammount\n1,a,HOME,3\n")
    assert intake.read(duckdb.connect(), tmp_path / "claims.csv", small_programme()).unused == ("ammount",)


def test_a_wrong_encoding_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_bytes("claim,claimant,category,name\n1,a,HOME,Олена\n".encode("cp1251"))
    with pytest.raises(EncodingWrong, match=r"byte 38 in line 2 \(0xCE\).*Windows-1251"):
        rows_of(tmp_path / "claims.csv")


def test_a_wrong_encoding_is_found_behind_the_first_megabyte(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_bytes(b"claim,claimant,category\n" + "й\n".encode() * 400_000 + b"\xff\n")
    with pytest.raises(EncodingWrong, match=r"byte 1,200,024 in line 400,002 \(0xFF\)"):
        rows_of(tmp_path / "claims.csv")


def test_utf_16_is_refused(tmp_path: Path) -> None:
    (tmp_path / "claims.csv").write_bytes("claim,claimant,category\n1,a,HOME\n".encode("utf-16"))
    with pytest.raises(EncodingWrong, match="UTF-16"):
        rows_of(tmp_path / "claims.csv")


def test_a_truncated_parquet_is_refused(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"claim": ["1"] * 1000, "claimant": ["a"] * 1000, "category": ["HOME"] * 1000}),
        tmp_path / "c.parquet",
    )
    whole = (tmp_path / "c.parquet").read_bytes()
    for size in (3, 100, len(whole) - 1):
        (tmp_path / "cut.parquet").write_bytes(whole[:size])
        with pytest.raises(FileDamaged, match=r"cut\.parquet cannot be read as Parquet"):
            rows_of(tmp_path / "cut.parquet")


def test_a_damaged_parquet_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"claim": ["1"], "claimant": ["a"], "category": ["HOME"]}), tmp_path / "c.parquet")
    whole = bytearray((tmp_path / "c.parquet").read_bytes())
    whole[4:-8] = b"\x55" * (len(whole) - 12)
    (tmp_path / "c.parquet").write_bytes(whole)
    with pytest.raises(FileDamaged):
        rows_of(tmp_path / "c.parquet")


def test_a_truncated_excel_file_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["claim", "claimant", "category"])
    book.save(tmp_path / "c.xlsx")
    (tmp_path / "c.xlsx").write_bytes((tmp_path / "c.xlsx").read_bytes()[:900])
    with pytest.raises(FileDamaged, match="Excel"):
        rows_of(tmp_path / "c.xlsx")


def test_a_quotation_mark_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"{n},a,HOME,x\n" for n in range(100_000))
    (tmp_path / "claims.csv").write_text('claim,claimant,category,name\n1,a,HOME,"Олена\n' + rows, encoding="utf-8")
    with pytest.raises(FileDamaged, match="quotation mark is never closed"):
        rows_of(tmp_path / "claims.csv")


def test_empty_and_foreign_files_are_refused(tmp_path: Path) -> None:
    for name, content, refusal in [
        ("a.csv", b"", FileEmpty), ("b.csv", b"claim,claimant,category\n", FileEmpty), ("c.csv", b"\n\n", FileEmpty),
        ("d.pdf", b"%PDF-1.7 ...", FormatUnknown), ("e.csv", b"claim,claim\n1,2\n", FileUnusable),
    ]:  # fmt: skip
        (tmp_path / name).write_bytes(content)
        with pytest.raises(refusal):
            rows_of(tmp_path / name)


def test_every_real_flood_claim_is_accounted_for(shared_data: Path) -> None:
    mapping = ColumnMapping(
        "nfip", (), {"claim": Source("id"), "claimant": Source("id"), "category": Source(value="HOME")},
        {"damage_date": Source("dateOfLoss"), "amount": Source("buildingDamageAmount")},
    )  # fmt: skip
    connection = duckdb.connect()
    source = shared_data / "nfip" / "nfip_claims.parquet"
    assert intake.read(connection, source, small_programme(), mapping).rows == 22_215
    amounts = f"SELECT CAST(CAST(buildingDamageAmount AS VARCHAR) AS DECIMAL(12,2)) AS amount FROM '{source}'"
    totals = f"SELECT (SELECT sum(amount) FROM claims), (SELECT sum(amount) FROM ({amounts}) WHERE amount < 1e7)"
    read, written = connection.execute(totals).fetchone() or (None, None)
    assert read == written
