"""What does the bank say of a file (pain.002): which payments does it accept, which not, and why?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from amends.iso20022.reading import Element, MessageInvalid, child, elements, text

# Statuses that mean "not carried out". All others accept, or promise an answer.
REJECTED = frozenset({"RJCT", "CANC"})
# Statuses that answer nothing yet.
OPEN = frozenset({"PDNG", "RCVD", ""})


@dataclass(frozen=True)
class PaymentStatus:
    end_to_end_id: str
    status: str
    reason: str
    words: str


@dataclass(frozen=True)
class StatusReport:
    """`status` is the group's. A rejected group lists no payments: then every payment of the file is rejected."""

    message: str
    message_id: str
    original_message_id: str
    status: str
    reason: str
    words: str
    payments: tuple[PaymentStatus, ...]

    @property
    def rejects_all(self) -> bool:
        return self.status in REJECTED and not self.payments


def read(source: IO[bytes]) -> StatusReport:
    """Reads a pain.002 of any version. Raises MessageInvalid where it is none."""
    message = message_id = original = status = reason = words = ""
    payments = []
    for message, name, element in elements(source, "GrpHdr", "OrgnlGrpInfAndSts", "TxInfAndSts", "OrgnlPmtInfAndSts"):
        if ":pain.002." not in message:
            raise MessageInvalid(f"this is {message or 'no ISO 20022 message'}, not a pain.002")
        if name == "GrpHdr":
            message_id = text(element, "MsgId")
        elif name == "OrgnlGrpInfAndSts":
            original, status = text(element, "OrgnlMsgId"), text(element, "GrpSts")
            reason, words = _why(element)
        elif name == "TxInfAndSts":
            code, why = _why(element)
            payments.append(PaymentStatus(text(element, "OrgnlEndToEndId"), text(element, "TxSts"), code, why))
        elif text(element, "PmtInfSts") in REJECTED and not payments:
            # The block is rejected and not the group: our files have one block, so it is the same.
            status = text(element, "PmtInfSts")
            reason, words = _why(element)
    if not original:
        raise MessageInvalid("the report does not say which file it is about")
    return StatusReport(message.rpartition(":")[2], message_id, original, status, reason, words, tuple(payments))


def _why(element: Element) -> tuple[str, str]:
    why = child(element, "StsRsnInf")
    return text(why, "Rsn", "Cd") or text(why, "Rsn", "Prtry"), text(why, "AddtlInf")
