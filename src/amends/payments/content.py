"""What does the journal say of a payment? The same words when it happens and when it is audited.

Rounds, files and bank messages are public: hashes, parameters and totals. What happens to one claim is private, and
says nothing of the payee: name and account are inside the fingerprint only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amends.journal.canonical import fingerprint
from amends.payments.allocation import Share


def share(each: Share) -> dict[str, Any]:
    """How a tier was shared, for the public log: the factor as a fraction of whole numbers, written as text because
    they may have hundreds of digits."""
    return {
        "categories": list(each.categories),
        "available_minor": each.available_minor,
        "allocated_minor": each.allocated_minor,
        "factor": f"{each.factor.numerator}/{each.factor.denominator}",
        "floor_factor": f"{each.floor_factor.numerator}/{each.floor_factor.denominator}",
        "payees": each.payees,
        "at_floor": each.at_floor,
        "at_cap": each.at_cap,
        "in_full": each.in_full,
    }


def round_allocated(
    *,
    programme: str,
    sha256: str,
    phase: int,
    number: int,
    available_minor: int,
    allocated_minor: int,
    currency: str,
    awards: int,
    allocations: int,
    shares: Sequence[dict[str, Any]],
    input_sha256: str,
    output_sha256: str,
) -> dict[str, Any]:
    return {
        "v": 1,
        "kind": "round.allocated",
        "programme": programme,
        "programme_sha256": sha256,
        "phase": phase,
        "round": number,
        "available_minor": available_minor,
        "allocated_minor": allocated_minor,
        "currency": currency,
        "awards": awards,
        "allocations": allocations,
        "shares": list(shares),
        "input_sha256": input_sha256,
        "output_sha256": output_sha256,
    }


def allocated(*, claim: str, phase: int, number: int, amount_minor: int, currency: str) -> dict[str, Any]:
    return {
        "v": 1,
        "kind": "payment.allocated",
        "claim": claim,
        "phase": phase,
        "round": number,
        "amount_minor": amount_minor,
        "currency": currency,
    }


def held(*, claim: str, phase: int, number: int, reason: str) -> dict[str, Any]:
    return {"v": 1, "kind": "payment.held", "claim": claim, "phase": phase, "round": number, "reason": reason}


def instructed(
    *, claim: str, end_to_end_id: str, attempt: int, amount_minor: int, currency: str, message_id: str, name: str,
    iban: str, remittance: str,
) -> dict[str, Any]:  # fmt: skip
    shown = {
        "v": 1,
        "kind": "payment.instructed",
        "claim": claim,
        "end_to_end_id": end_to_end_id,
        "attempt": attempt,
        "amount_minor": amount_minor,
        "currency": currency,
        "message_id": message_id,
    }
    return {
        **shown,
        "fingerprint": fingerprint({**shown, "name": name, "iban": iban, "remittance": remittance}).hex(),
    }


def batch_released(
    *, programme: str, message_id: str, sha256: str, file_sha256: str, count: int, total_minor: int, currency: str
) -> dict[str, Any]:
    return {
        "v": 1,
        "kind": "batch.released",
        "programme": programme,
        "message_id": message_id,
        "orders_sha256": sha256,
        "file_sha256": file_sha256,
        "count": count,
        "total_minor": total_minor,
        "currency": currency,
    }


def batch_delivered(*, message_id: str, step: str) -> dict[str, Any]:
    return {"v": 1, "kind": "batch.delivery", "message_id": message_id, "step": step}


def bank_answered(
    *, programme: str, message: str, message_id: str, sha256: str, closing_minor: int | None, counts: dict[str, int]
) -> dict[str, Any]:
    return {
        "v": 1,
        "kind": "bank.answered",
        "programme": programme,
        "message": message,
        "message_id": message_id,
        "sha256": sha256,
        "closing_minor": closing_minor,
        **{name: counts[name] for name in sorted(counts)},
    }


def happened(
    *, kind: str, claim: str, end_to_end_id: str, amount_minor: int, currency: str, reference: str, reason: str
) -> dict[str, Any]:
    """payment.settled, payment.rejected or payment.returned."""
    return {
        "v": 1,
        "kind": f"payment.{kind}",
        "claim": claim,
        "end_to_end_id": end_to_end_id,
        "amount_minor": amount_minor,
        "currency": currency,
        "reference": reference,
        "reason": reason,
    }
