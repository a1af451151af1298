"""Do the files beside the law name things that exist? Checks caseload.toml (made-up claims) and map.csv (the map).

Neither decides anything. What the shares mean belongs to the generator, what the tiles look like to the pages; a
misspelt name, which would silently give no claims or no tile, is a fault here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping

from amends.programmes.faults import Faults, Table, nearest, parse_toml
from amends.programmes.programme import Question

MAP_HEADER = ["code", "column", "row"]


def check_caseload(
    file: str, text: str, categories: Collection[str], questions: Mapping[str, Question], faults: Faults
) -> None:
    top = Table(file, "", parse_toml(file, text, faults), faults)
    shares = top.table("shares", required=True)
    for code in shares.values:
        if code not in categories:
            shares.fault(f'"{code}" is not a category.{nearest(code, categories)}', code)
    for burst in top.tables("bursts"):
        if "category" in burst:
            burst.name_of("category", categories, "a category")
    for key, answer in top.table("answers").each():
        question = questions.get(key)
        if question is None:
            answer.fault(f'"{key}" is not a question of questions.toml.{nearest(key, questions)}')
        elif question.choices and "choices" in answer:
            choices = answer.table("choices")
            for choice in choices.values:
                if choice not in question.choices:
                    choices.fault(
                        f'"{choice}" is not a choice of the question.{nearest(choice, question.choices)}', choice
                    )


def check_map(file: str, text: str, regions: Collection[str], faults: Faults) -> None:
    """Every region once, on a tile of its own."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    if not rows or rows[0] != MAP_HEADER:
        faults.add(file, f"must begin with the columns {', '.join(MAP_HEADER)}.", row=1)
        return
    seen: set[str] = set()
    taken: dict[tuple[str, ...], str] = {}
    for number, cells in enumerate(rows[1:], 2):
        if len(cells) != len(MAP_HEADER) or not all(cell.isdecimal() for cell in cells[1:]):
            faults.add(file, "must be a region's code and two whole numbers.", row=number)
            continue
        code, tile = cells[0], tuple(cells[1:])
        if code not in regions:
            faults.add(file, f'"{code}" is not a region.{nearest(code, regions)}', row=number, column="code")
        if code in seen:
            faults.add(file, f'"{code}" is there twice.', row=number, column="code")
        if tile in taken:
            faults.add(file, f'"{code}" lies on the tile of "{taken[tile]}".', row=number)
        seen.add(code)
        taken[tile] = code
    for missing in sorted(set(regions) - seen):
        faults.add(file, f'The region "{missing}" has no tile.')
