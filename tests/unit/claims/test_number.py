import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from amends.claims.number import CROCKFORD, NumberMistyped, draw, parse, prefix

NUMBERS = draw("UKRA", 500)


def test_a_number_carries_its_programme_and_a_check_character() -> None:
    number = NUMBERS[0]
    assert number.startswith("UKRA-")
    assert all(mod_37_36.is_valid(number.replace("-", "")) for number in NUMBERS)


def test_numbers_are_not_repeated() -> None:
    assert len(set(NUMBERS)) == 500


def test_the_prefix_comes_from_the_code() -> None:
    assert (prefix("ukraine/v1"), prefix("nfip-building/v1"), prefix("uncc/v1")) == ("UKRA", "NFIP", "UNCC")


def test_a_number_is_understood_as_people_type_it() -> None:
    number = draw("TSA", 1, lambda count: bytes([1, 0] * (count // 2)))[0]
    assert parse(number.lower().replace("-", " ")) == number
    assert parse(number[:4] + number[4:].replace("0", "o").replace("1", "l")) == number


@given(st.sampled_from(NUMBERS), st.data())
def test_one_wrong_character_is_always_noticed(number: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([i for i, character in enumerate(number) if character != "-" and i > 4]))
    other = data.draw(st.sampled_from([c for c in CROCKFORD if c != number[place]]))
    with pytest.raises(NumberMistyped):
        parse(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize("text", ["", "UKRA", "not a number", "УКРА-7K2M-9QXZ-4TBN-H", "UKRA-7K2M-9QXZ-4TBN-H-7K2M"])
def test_what_cannot_be_a_number_is_refused(text: str) -> None:
    with pytest.raises(NumberMistyped, match=r"mistyped|not a claim number"):
        parse(text)
