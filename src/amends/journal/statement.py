"""What exactly does an entry say, and which bytes of it does the whole world see?

A statement is canonical JSON: who did what, when, with which content. A public entry is published as its
statement. A private one is published as a commitment to its statement and nothing else: no claim, no kind, no
time, no office.

The text is put together from canonical pieces instead of being encoded as a whole, because a batch of 50,000
entries shares everything but the content; the keys stand in order: at, by, content, kind, type, v.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from amends.journal.canonical import canonical, instant


def statement_of(*, kind: str, by: str, at: datetime, public: bool) -> Callable[[str], str]:
    """A function from an entry's canonical content to its statement, for entries that share all else."""
    head = f'{{"at":{canonical(instant(at))},"by":{canonical(by)},"content":'
    tail = f',"kind":{canonical(kind)},"type":"{"public" if public else "private"}","v":1}}'
    return lambda content: f"{head}{content}{tail}"


def private_leaf(commitment: bytes | memoryview) -> bytes:
    """What the log shows of a private entry."""
    return b'{"commitment":"%s","type":"private","v":1}' % commitment.hex().encode()
