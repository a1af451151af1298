"""The resolution's own examples."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.iso20022.latin import TABLE, basic, is_basic, transliterate


@pytest.mark.parametrize(
    ("original", "latin"),
    [
        ("Алушта", "Alushta"), ("Борщагівка", "Borshchahivka"), ("Вінниця", "Vinnytsia"), ("Гадяч", "Hadiach"),
        ("Ґалаґан", "Galagan"), ("Донецьк", "Donetsk"), ("Єнакієве", "Yenakiieve"), ("Гаєвич", "Haievych"),
        ("Короп'є", "Koropie"), ("Житомир", "Zhytomyr"), ("Закарпаття", "Zakarpattia"), ("Медвин", "Medvyn"),
        ("Їжакевич", "Yizhakevych"), ("Кадиївка", "Kadyivka"), ("Мар'їне", "Marine"), ("Йосипівка", "Yosypivka"),
        ("Стрий", "Stryi"), ("Харків", "Kharkiv"), ("Біла Церква", "Bila Tserkva"), ("Щербухи", "Shcherbukhy"),
        ("Юрій", "Yurii"), ("Крюківка", "Kriukivka"), ("Яготин", "Yahotyn"), ("Знам’янка", "Znamianka"),
        ("Згорани", "Zghorany"), ("Розгон", "Rozghon"), ("ЩЕРБАНЬ", "SHCHERBAN"),
        ("Нечуй-Левицький", "Nechui-Levytskyi"),
    ],
)  # fmt: skip
def test_the_examples_of_the_resolution(original: str, latin: str) -> None:
    assert transliterate(original) == latin


def test_other_letters_lose_their_accents_or_become_a_full_stop() -> None:
    assert basic("Łukasz Groß, Åse & Søn №3 漢") == "Lukasz Gross, Ase + Son No3 ."


@given(st.text())
def test_whatever_comes_in_a_bank_can_read_what_comes_out(text: str) -> None:
    assert is_basic(basic(text))
    assert basic(basic(text)) == basic(text)


def test_the_published_table_is_the_one_that_is_used() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "reference" / "transliteration.md"
    rows = [line.split("|")[1:4] for line in page.read_text().splitlines() if line.startswith("| ")]
    published = {letter.split()[1]: (first.strip(), later.strip()) for letter, first, later in rows[2:]}
    used = {letter: tuple(each or "(not written)" for each in latin) for letter, latin in TABLE.items()}
    assert published == used
