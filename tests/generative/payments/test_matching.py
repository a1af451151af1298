"""Whatever a bank says, in whatever order and however often, an instruction is paid at most once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from amends.iso20022.statement import Booking
from amends.iso20022.status_report import PaymentStatus, StatusReport
from amends.payments.matching import Meaning, Ordered, of_bookings, of_report

IDS = ["T1", "T2", "T3"]
ORDERED = {id_: Ordered(n, n, f"C{n}", id_, 100 * n, "EUR", "M1") for n, id_ in enumerate(IDS, start=1)}

bookings = st.builds(
    Booking, end_to_end_id=st.sampled_from([*IDS, "T9"]), amount_minor=st.sampled_from([100, 200, 300]),
    currency=st.just("EUR"), credit=st.booleans(), booked_on=st.none(), reference=st.sampled_from(["B1", "B2"]),
    reason=st.sampled_from(["", "AC04"]),
)  # fmt: skip
statuses = st.builds(
    PaymentStatus, end_to_end_id=st.sampled_from([*IDS, "T9"]), status=st.sampled_from(["ACCP", "RJCT", "PDNG"]),
    reason=st.sampled_from(["AC04", "DUPL"]), words=st.just(""),
)  # fmt: skip
reports = st.builds(
    StatusReport, message=st.just("pain.002.001.14"), message_id=st.sampled_from(["R1", "R2"]),
    original_message_id=st.just("M1"), status=st.sampled_from(["ACCP", "RJCT", "PART"]),
    reason=st.sampled_from(["AC04", "DUPL"]), words=st.just(""), payments=st.lists(statuses, max_size=3).map(tuple),
)  # fmt: skip
messages = st.lists(reports | st.lists(bookings, max_size=4), max_size=8)


def understood(message: StatusReport | list[Booking], state: dict[str, Ordered]) -> Meaning:
    return of_report(message, state) if isinstance(message, StatusReport) else of_bookings(message, state)


def after(state: dict[str, Ordered], meaning: Meaning) -> dict[str, Ordered]:
    state = dict(state)
    for event in meaning.events:
        known = state[event.ordered.end_to_end_id]
        state[known.end_to_end_id] = replace(known, happened={**known.happened, event.kind: event.reference})
    return state


@given(messages)
def test_each_thing_happens_once_and_never_what_contradicts_it(said: list[StatusReport | list[Booking]]) -> None:
    state, happened = ORDERED, Counter[tuple[str, str]]()
    for message in said:
        meaning = understood(message, state)
        happened.update((event.kind, event.ordered.end_to_end_id) for event in meaning.events)
        state = after(state, meaning)
    assert set(happened.values()) <= {1}
    for each in state.values():
        assert not {"settled", "rejected"} <= each.happened.keys()
        assert "returned" not in each.happened or "settled" in each.happened


@given(messages)
def test_said_again_and_again_nothing_new_happens(said: list[StatusReport | list[Booking]]) -> None:
    """Twice, because a return that was told before its payment is understood only when it is told again."""
    state = ORDERED
    for message in [*said, *said]:
        state = after(state, understood(message, state))
    for message in said:
        assert understood(message, state).events == []


@given(messages)
def test_no_line_is_lost(said: list[StatusReport | list[Booking]]) -> None:
    state = ORDERED
    for message in said:
        meaning = understood(message, state)
        if isinstance(message, list):
            assert len(meaning.events) + meaning.received + meaning.repeated + len(meaning.unmatched) == len(message)
        state = after(state, meaning)
