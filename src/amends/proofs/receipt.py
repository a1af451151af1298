"""What does a claimant hold in hand, and what does it prove to a stranger?

A receipt is a C2SP tlog-proof whose `extra` line carries what the log does not show: the statement in clear and,
for a private entry, the key of its commitment. It verifies with nothing but itself and the log's public key, for
ever, and holds nothing about a person but the claim's number. A file may hold several, one after another.

Pure: no database, no network, no clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amends.journal.canonical import canonical, commitment
from amends.journal.statement import private_leaf
from amends.tlog.checkpoint import Checkpoint
from amends.tlog.note import Verifier
from amends.tlog.proof import HEADER, Proof
from amends.tlog.verify import verify_inclusion

LONGEST_FILE = 2**20  # characters; a claim's receipts are a few thousand
_STATEMENT = {"at": str, "by": str, "content": dict, "kind": str, "type": str, "v": int}


class ReceiptInvalid(ValueError):  # noqa: N818 - it is a finding, not an error
    """The receipt does not prove what it says; the message says why."""


@dataclass(frozen=True)
class Proven:
    """What a receipt proves: that `checkpoint`, signed by the log, holds this statement at `index`."""

    checkpoint: Checkpoint
    index: int
    kind: str
    by: str
    at: str
    content: Mapping[str, Any]
    public: bool


def make(*, statement: str, key: bytes | None, index: int, path: Sequence[bytes], note: str) -> str:
    """The receipt's text; `key` is None for a public entry."""
    opened = {"statement": json.loads(statement)} | ({"key": key.hex()} if key is not None else {})
    return Proof(index, path, note, canonical(opened).encode()).text


def verify(text: str, key: Verifier) -> list[Proven]:
    """What each receipt in `text` proves. Raises ReceiptInvalid unless every one of them holds."""
    if len(text) > LONGEST_FILE:
        raise ReceiptInvalid("the file is far too large for a receipt")
    before, *receipts = text.split(f"{HEADER}\n")
    if before or not receipts:
        raise ReceiptInvalid(f"this is not a receipt: its first line must be {HEADER}")
    return [_verify_one(f"{HEADER}\n{receipt}", key) for receipt in receipts]


def _verify_one(text: str, key: Verifier) -> Proven:
    try:
        proof = Proof.parse(text)
        statement, opening = _opened(proof.extra)
        entry = _entry(canonical(statement), statement["type"], opening)
        checkpoint = verify_inclusion(proof, entry, key)
    except ReceiptInvalid:
        raise
    except ValueError as fault:  # NoteInvalid, ProofInvalid, and what is not canonical
        raise ReceiptInvalid(str(fault)) from fault
    return Proven(
        checkpoint, proof.index, statement["kind"], statement["by"], statement["at"], statement["content"],
        public=statement["type"] == "public",
    )  # fmt: skip


def _opened(extra: bytes | None) -> tuple[dict[str, Any], str | None]:
    """The statement and the key that the receipt carries; everything is where it must be, and nothing else is."""
    try:
        text = (extra or b"").decode()
        opened = json.loads(text)
        is_canonical = canonical(opened) == text
    except (ValueError, RecursionError) as fault:
        raise ReceiptInvalid("the statement in the receipt cannot be read") from fault
    if not is_canonical or not isinstance(opened, dict) or not set(opened) <= {"key", "statement"}:
        raise ReceiptInvalid("the statement in the receipt is not written canonically")
    statement = opened.get("statement")
    if not isinstance(statement, dict) or {name: type(value) for name, value in statement.items()} != _STATEMENT:
        raise ReceiptInvalid("the statement in the receipt lacks a part or has one too many")
    if statement["v"] != 1:
        raise ReceiptInvalid("the statement is of a version that this program does not know")
    return statement, opened.get("key")


def _entry(statement: str, type_: str, key: object) -> bytes:
    """The bytes that the log must hold for this statement."""
    if type_ == "public" and key is None:
        return statement.encode()
    if type_ == "private" and isinstance(key, str) and re.fullmatch("[0-9a-f]{64}", key):
        return private_leaf(commitment(bytes.fromhex(key), statement))
    raise ReceiptInvalid("the receipt's type and key do not belong together")
