"""Which bytes stand for a fact, so that a stranger can make the same bytes in thirty years?

Canonical JSON: RFC 8785 on the part of JSON that has one reading everywhere: objects, arrays, text, true, false,
null, and whole numbers that every JSON reader keeps exact. No fractions: money is minor units, decimals are text.
Text is brought to Unicode form NFC first, because the same Ukrainian name may arrive composed or decomposed.
Described for strangers, with test vectors, in docs/reference/canonical-json.md.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring as _quoted  # escapes as RFC 8785 section 3.2.2.2 asks
from typing import Any

LARGEST_INTEGER = 2**53 - 1  # RFC 8785 section 3.2.2.3 rests on IEEE doubles: beyond it they lose units


def canonical(value: Any) -> str:
    """The one JSON text for `value`. Raises ValueError, naming the value, where JSON readers could disagree."""
    text = _text(value)
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


def _text(value: Any) -> str:
    """Written out for speed: an audit of 86,000 claims comes here for a few million values."""
    kind = type(value)
    if kind is str:
        return _quoted(value if value.isascii() else unicodedata.normalize("NFC", value))
    if kind is dict:
        return _object(value)
    if kind is int:
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise ValueError(f"{value} is beyond ±(2^53-1), where JSON readers lose units; write it as text")
        return str(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is list or kind is tuple:
        return f"[{','.join([_text(item) for item in value])}]"
    if isinstance(value, Mapping):
        return _object(dict(value))
    raise ValueError(f"{value!r} is a {kind.__name__}; canonical JSON has text, whole numbers, true, false and null")


def _object(value: dict[Any, Any]) -> str:
    try:
        plain = "".join(value).isascii()
    except TypeError as fault:
        raise ValueError(f"a key of an object is text; {fault}") from fault
    if plain:  # for ASCII, Python's order is the right one and NFC changes nothing
        return f"{{{','.join([f'{_quoted(key)}:{_text(value[key])}' for key in sorted(value)])}}}"
    settled = {unicodedata.normalize("NFC", key): item for key, item in value.items()}
    if len(settled) != len(value):
        raise ValueError(f"two keys of {sorted(value)} are the same in Unicode form NFC")
    return f"{{{','.join([f'{_quoted(key)}:{_text(settled[key])}' for key in sorted(settled, key=_utf16_order)])}}}"


def _utf16_order(key: str) -> bytes:
    """RFC 8785 section 3.2.3 orders by UTF-16 code units, which differs from Python's order beyond U+FFFF."""
    return key.encode("utf-16-be", "surrogatepass")
