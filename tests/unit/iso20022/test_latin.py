"""The resolution's own examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.iso20022.latin import basic, is_basic, transliterate


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
