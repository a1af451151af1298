"""Which bytes stand for a fact, so that a stranger can make the same bytes in thirty years?

Canonical JSON: RFC 8785 on the part of JSON that has one reading everywhere: objects, arrays, text, true, false,
null, and whole numbers that every JSON reader keeps exact. No fractions: money is minor units, decimals are text.
Text is brought to Unicode form NFC first, because the same Ukrainian name may arrive composed or decomposed.
Described for strangers, with test vectors, in docs/reference/canonical-json.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

LARGEST_INTEGER = 2**53 - 1  # RFC 8785 section 3.2.2.3 rests on IEEE doubles: beyond it they lose units

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Any) -> str:
    """The one JSON text for `value`. Raises ValueError, naming the value, where JSON readers could disagree."""
    text = _encode(_settled(value))
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as fault:
            raise ValueError(
                f"text has half of a surrogate pair at {fault.start}, which UTF-8 cannot carry"
            ) from None
    return text


def fingerprint(value: Any) -> bytes:
    """SHA-256 of the canonical text: equal facts have equal fingerprints, on every machine."""
    return hashlib.sha256(canonical(value).encode()).digest()


def commitment(key: bytes, content: str) -> bytes:
    """HMAC-SHA256: binds to `content` and says nothing about it to whoever lacks the key, so that a tax number
    cannot be found by trying them all; with the key destroyed, nobody can ever say what it stood for."""
    return hmac.digest(key, content.encode(), "sha256")


def instant(at: datetime) -> str:
    """A moment as canonical text: UTC, six digits of a second, such as 2026-11-23T21:40:00.000000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _settled(value: Any) -> Any:
    """`value` with text in NFC and keys in order; refuses what has no single reading."""
    kind = type(value)
    if kind is str:
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if kind is int:
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise ValueError(f"{value} is beyond ±(2^53-1), where JSON readers lose units; write it as text")
        return value
    if value is None or kind is bool:
        return value
    if kind is list or kind is tuple:
        return [_settled(item) for item in value]
    if isinstance(value, Mapping):
        return _settled_object(value)
    raise ValueError(f"{value!r} is a {kind.__name__}; canonical JSON has text, whole numbers, true, false and null")


def _settled_object(value: Mapping[Any, Any]) -> dict[str, Any]:
    settled = {_settled_key(key): _settled(item) for key, item in value.items()}
    if len(settled) != len(value):
        raise ValueError(f"two keys of {sorted(value)} are the same in Unicode form NFC")
    return dict(sorted(settled.items(), key=_utf16_order))


def _settled_key(key: Any) -> str:
    if type(key) is not str:
        raise ValueError(f"{key!r} is a {type(key).__name__}; a key of an object is text")
    return key if key.isascii() else unicodedata.normalize("NFC", key)


def _utf16_order(item: tuple[str, Any]) -> str | bytes:
    """RFC 8785 section 3.2.3 orders by UTF-16 code units, which differs from Python's order beyond U+FFFF."""
    return item[0].encode("utf-16-be", "surrogatepass")
