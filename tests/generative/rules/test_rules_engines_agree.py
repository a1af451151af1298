"""Two engines, one law: random models and random facts, and every value, null and fired rule the same.

RULES_MODELS=5000 pytest tests/generative/rules    tries more models than the usual 100
"""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.generative.rules.random_law import law
from tests.spec.rules.engines import differences

from amends import rules
from amends.rules.generate import facts

MODELS = int(os.environ.get("RULES_MODELS", "100"))
CLAIMS = 60
_refused: list[int] = []
_compiled: list[int] = []


@settings(max_examples=MODELS, deadline=None, database=None)
@given(st.integers(min_value=0, max_value=2**40))
def test_interpreter_and_columns_agree(seed: int) -> None:
    model = law(seed)
    try:
        rules.compile_duckdb(model)
    except rules.NotCompilable:
        _refused.append(seed)
        return
    _compiled.append(seed)
    assert differences(model, list(facts(model, CLAIMS, seed))) == []


@pytest.mark.parametrize("seed", [1157, 1184, 1459, 6254, 6321])
def test_what_once_disagreed_agrees(seed: int) -> None:
    """Each disagreement that was found stays as a case.

    1157, 1184: rows that contradict each other in one column were taken for a fact that is not given.
    6254, 6321: a range with an end that is not given is null even where the other end excludes the value.
    1459: two minus signs side by side began a comment in SQL.
    """
    assert differences(law(seed), list(facts(law(seed), CLAIMS, seed))) == []


def test_most_random_laws_compile() -> None:
    """Refusing is right where digits or kinds do not fit, but a compiler that refuses is no compiler."""
    if not _compiled:
        pytest.skip("the test before this one did not run here")
    assert len(_compiled) > 0.6 * (len(_compiled) + len(_refused))


@pytest.mark.parametrize("seed", range(5))
def test_the_same_seed_gives_the_same_facts(seed: int) -> None:
    model = law(seed)
    assert list(facts(model, 50, seed)) == list(facts(model, 50, seed))
