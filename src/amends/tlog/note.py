"""Who signed a text? C2SP signed-note with Ed25519: https://c2sp.org/signed-note

Keys are short texts: a verifier key ``name+hhhhhhhh+base64`` is given to everyone, a signer key
``PRIVATE+KEY+name+hhhhhhhh+base64`` to nobody. Both are those of Go's golang.org/x/mod/sumdb/note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
ID_BYTES = 4
MOST_SIGNATURES = 100  # the standard asks for at least 16; a limit keeps a hostile note small


class NoteInvalid(ValueError):  # noqa: N818 - it is a finding, not an error
    """The note or key is not well formed, or no signature by the key that was asked for verifies."""


@dataclass(frozen=True)
class Verifier:
    """One who can tell whether `name` signed."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID_BYTES]

    @property
    def text(self) -> str:
        return f"{self.name}+{self.id.hex()}+{plain_base64(ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Raises NoteInvalid where `text` is not a verifier key."""
        name, _, rest = text.partition("+")
        id_, _, key = rest.partition("+")
        raw = strict_base64(key)
        if not _is_name(name) or len(raw) != 33 or raw[:1] != ED25519:
            raise NoteInvalid("this is not an Ed25519 key of a log: name+id+base64 is expected")
        verifier = cls(name, raw[1:])
        if id_ != verifier.id.hex():
            raise NoteInvalid("the key's id does not belong to its name and bytes; it was damaged or mistyped")
        return verifier

    def check(self, signature: bytes, text: str) -> None:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            raise NoteInvalid(f"the signature of {self.name} does not belong to this text") from None


@dataclass(frozen=True)
class Signer:
    """One who signs as `name`. Its text is a secret; it has no repr that would show it."""

    name: str
    _seed: bytes

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"

    @classmethod
    def generate(cls, name: str) -> Signer:
        if not _is_name(name):
            raise NoteInvalid(f"{name!r} cannot name a key: no spaces, no plus sign, not empty")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Raises NoteInvalid where `text` is not a signer key."""
        if not text.startswith("PRIVATE+KEY+"):
            raise NoteInvalid("this is not a signer key: it would begin with PRIVATE+KEY+")
        name, _, rest = text.removeprefix("PRIVATE+KEY+").partition("+")
        id_, _, key = rest.partition("+")
        raw = strict_base64(key)
        if not _is_name(name) or len(raw) != 33 or raw[:1] != ED25519:
            raise NoteInvalid("this is not an Ed25519 signer key")
        signer = cls(name, raw[1:])
        if id_ != signer.verifier.id.hex():
            raise NoteInvalid("the signer key's id does not belong to its name and bytes; it was damaged")
        return signer

    @property
    def text(self) -> str:
        return f"PRIVATE+KEY+{self.name}+{self.verifier.id.hex()}+{plain_base64(ED25519 + self._seed)}"

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, Ed25519PrivateKey.from_private_bytes(self._seed).public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The signed note of `text`."""
        assert text.endswith("\n"), "a note's text ends with a line break"
        signature = self.verifier.id + Ed25519PrivateKey.from_private_bytes(self._seed).sign(text.encode())
        return f"{text}\n\N{EM DASH} {self.name} {plain_base64(signature)}\n"


def open_note(note: str, verifier: Verifier) -> str:
    """The text that `verifier` signed. Raises NoteInvalid where it did not sign, or the note is not well formed.

    Signatures of others are passed over, as the standard demands (witnesses add theirs), but must be well formed.
    """
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or re.search("[\x00-\x09\x0b-\x1f]", note):
        raise NoteInvalid("this is not a signed note: text, empty line, signature lines")
    text += "\n"
    signatures = lines[:-1].split("\n")
    if len(signatures) > MOST_SIGNATURES:
        raise NoteInvalid(f"the note has more than {MOST_SIGNATURES} signatures")
    signed = False
    for line in signatures:
        match = re.fullmatch("\N{EM DASH} ([^ +]+) ([^ ]+)", line)
        signature = strict_base64(match[2]) if match and _is_name(match[1]) else b""
        if match is None or len(signature) <= ID_BYTES:
            raise NoteInvalid("a signature line is not well formed")
        if match[1] == verifier.name and signature[:ID_BYTES] == verifier.id:
            if signed:
                raise NoteInvalid(f"{verifier.name} signed twice")
            verifier.check(signature[ID_BYTES:], text)
            signed = True
    if not signed:
        raise NoteInvalid(f"there is no signature by {verifier.name} with the key that was given")
    return text


def strict_base64(text: str) -> bytes:
    """The bytes of `text`, where it is the one base64 text for them; else NoteInvalid."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteInvalid("this is not base64") from None
    if plain_base64(raw) != text:
        raise NoteInvalid("this is not the base64 that a writer would have written")
    return raw


def plain_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)
