"""A region is recognised by what is written on its square."""

from __future__ import annotations

from amends.public.tilemap import abbreviations, grid


def test_regions_that_begin_alike_are_told_apart() -> None:
    names = ["Chernihiv Oblast", "Chernivtsi Oblast", "Cherkasy Oblast", "Kyiv", "Kyiv Oblast", "Lviv Oblast"]
    short = abbreviations({name: name for name in names})
    assert [short[name] for name in names] == ["Chh", "Chv", "Chk", "Kyi", "Kyo", "Lvi"]


def test_a_long_name_is_known_by_its_last_word() -> None:
    assert abbreviations({"1": "Автономна Республіка Крим"}) == {"1": "Кри"}


def test_the_grid_is_read_from_the_programme() -> None:
    assert grid("code,column,row\nUA01,5,4\n") == {"UA01": (5, 4)}
