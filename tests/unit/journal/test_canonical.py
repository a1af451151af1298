import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, reject
from hypothesis import strategies as st

from amends.journal.canonical import canonical, commitment, fingerprint, instant
from amends.journal.statement import private_leaf, statement_of

VECTORS = json.loads(
    (Path(__file__).parents[3] / "docs/reference/canonical-json-vectors.json").read_text(encoding="utf-8")
)
KEY = bytes.fromhex(VECTORS["hmac_key"])
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda v: v["json"][:30])
def test_a_stranger_makes_the_same_bytes(vector: dict[str, str]) -> None:
    value = json.loads(vector["json"])
    assert canonical(value) == vector["canonical"]
    assert fingerprint(value).hex() == vector["sha256"]
    assert commitment(KEY, canonical(value)).hex() == vector["hmac"]


@pytest.mark.parametrize("refused", VECTORS["refused"], ids=lambda r: r["why"])
def test_what_readers_could_read_differently_is_refused(refused: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(json.loads(refused["json"]))


@pytest.mark.parametrize("value", [Decimal("1"), b"x", datetime(2026, 1, 1, tzinfo=UTC), {1: "a"}, {"a": {2}}])
def test_only_json_has_canonical_json(value: Any) -> None:
    with pytest.raises(ValueError, match=type(value).__name__ if not isinstance(value, dict) else "int|set"):
        canonical(value)


@given(values)
def test_canonical_is_rfc_8785_of_text_in_nfc(value: Any) -> None:
    try:
        ours = canonical(value)
    except ValueError:  # two keys were the same in NFC; the vectors hold that case
        reject()
    assert ours.encode() == rfc8785.dumps(json.loads(ours))
    assert canonical(json.loads(ours)) == ours


@given(st.dictionaries(st.text("abЄї\uffee\U0001f600", max_size=3), st.integers(-9, 9)))
def test_the_order_of_keys_is_of_utf_16(value: dict[str, int]) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)


def test_a_moment_is_in_utc_whatever_the_zone() -> None:
    kyiv = timezone(timedelta(hours=2))
    assert instant(datetime(2026, 11, 23, 23, 40, tzinfo=kyiv)) == "2026-11-23T21:40:00.000000Z"


@pytest.mark.parametrize("public", [True, False])
def test_a_statement_put_together_is_canonical(public: bool) -> None:
    statement = statement_of(kind="claim.filed", by='Рада "X"', at=datetime(2026, 11, 23, tzinfo=UTC), public=public)(
        canonical({"claim": "UA-1"})
    )
    assert canonical(json.loads(statement)) == statement


def test_the_log_shows_nothing_of_a_private_entry_but_its_commitment() -> None:
    leaf = private_leaf(b"\x0f" * 32).decode()
    assert leaf == canonical({"v": 1, "type": "private", "commitment": "0f" * 32})
