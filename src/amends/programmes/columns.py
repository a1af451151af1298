"""How does a foreign file become standard claims? Reads mappings/*.toml."""

from __future__ import annotations

from collections.abc import Mapping

from amends.programmes.faults import Faults, Table, nearest, parse_toml
from amends.programmes.programme import ColumnMapping, Question, Source

# The columns of the standard claims file, without the questions.
STANDARD_COLUMNS = (
    "claim", "claimant", "claimant_kind", "name", "name_latin", "birth_date", "tax_number", "household", "iban",
    "language", "category", "filed_at", "evidence",
)  # fmt: skip
OBLIGATORY = ("claim", "claimant", "category")


def read_mapping(file: str, text: str, questions: Mapping[str, Question], faults: Faults) -> ColumnMapping:
    top = Table(file, "", parse_toml(file, text, faults), faults)
    name = file.removeprefix("mappings/").removesuffix(".toml")
    detect = top.texts("detect")
    fields = {key: _source(top, key) for key in STANDARD_COLUMNS if key in top}
    for key in OBLIGATORY:
        if key not in fields:
            top.fault(f'"{key}" is missing: say which column holds it, or give {key} = {{ value = "…" }}.', key)
    answers = top.table("questions")
    for key in answers.values:
        if key not in questions:
            answers.fault(f'"{key}" is not a question of questions.toml.{nearest(key, questions)}', key)
    mapped = {key: _source(answers, key) for key in answers.values}
    for key, source in mapped.items():
        choices = questions[key].choices if key in questions else ()
        for value in source.values.values():
            if choices and value not in choices:
                answers.fault(f'"{value}" is not a choice of the question.{nearest(value, choices)}', key)
    for key in top.values:
        if key not in (*STANDARD_COLUMNS, "detect", "questions"):
            known = (*STANDARD_COLUMNS, "detect", "questions")
            top.fault(f'"{key}" is not a column of the standard claims file.{nearest(key, known)}', key)
    return ColumnMapping(name, detect, fields, mapped)


def _source(top: Table, key: str) -> Source:
    if isinstance(top.values[key], str):
        return Source(column=top.text(key))
    table = top.table(key)
    values = table.table("values")
    source = Source(
        column=table.text("column") or None,
        value=table.text("value") or None,
        values={was: values.text(was) for was in values.values},
        format=table.text("format") or None,
    )
    table.finish()
    if (source.column is None) == (source.value is None):
        table.fault('Give either "column" or "value".')
    return source
