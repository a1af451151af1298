"""Sixty ways to damage a receipt, and 400 random edits: none is accepted."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from amends.cli.verify import command
from amends.journal.canonical import canonical, commitment
from amends.journal.statement import private_leaf, statement_of
from amends.proofs.receipt import Proven, ReceiptInvalid, make, verify
from amends.refusal import Refusal
from amends.tlog.checkpoint import Checkpoint
from amends.tlog.log import Log
from amends.tlog.note import Signer
from amends.tlog.reader import Tree
from amends.tlog.store import Folder

ALICE, MALLORY = Signer.generate("example.org/log"), Signer.generate("example.org/log")
OTHER = Signer.generate("example.org/other")
KEY, INDEX, SIZE = bytes(range(32)), 305, 700
STATEMENT = statement_of(kind="claim.decided", by="board", at=datetime(2026, 11, 23, tzinfo=UTC), public=False)(
    canonical({"v": 1, "kind": "claim.decided", "claim": "UA-1", "outcome": "awarded", "award_minor": 250_000})
)


@pytest.fixture(scope="module")
def receipt(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("log")
    entries = [b"entry %d" % number for number in range(SIZE)]
    entries[INDEX] = private_leaf(commitment(KEY, STATEMENT))
    log = Log(folder, ALICE)
    log.extend(entries)
    path = Tree(Folder(folder), SIZE).inclusion_path(INDEX)
    return make(statement=STATEMENT, key=KEY, index=INDEX, path=path, note=log.note)


def accepted(text: str) -> bool:
    try:
        verify(text, ALICE.verifier)
    except ReceiptInvalid:
        return False
    return True


def test_the_receipt_itself_is_accepted(receipt: str) -> None:
    [proven] = verify(receipt, ALICE.verifier)
    assert isinstance(proven, Proven)
    assert (proven.index, proven.checkpoint.size, proven.content["award_minor"]) == (INDEX, SIZE, 250_000)
    assert len(verify(receipt + receipt, ALICE.verifier)) == 2


def lines(edit: Callable[[list[str]], Any]) -> Callable[[str], str]:
    """Damage by lines: 0 header, 1 extra, 2 index, 3.. hashes, empty, origin, size, root, empty, signature."""

    def damage(text: str) -> str:
        each = text.split("\n")
        edit(each)
        return "\n".join(each)

    return damage


def put(at: int, new: str) -> Callable[[str], str]:
    return lines(lambda each: each.__setitem__(at, new))


def opened(edit: Callable[[dict[str, Any]], Any]) -> Callable[[str], str]:
    """Damage inside the `extra` line, written canonically again."""

    def damage(text: str) -> str:
        each = text.split("\n")
        inside = json.loads(base64.b64decode(each[1][6:]))
        edit(inside)
        each[1] = "extra " + base64.b64encode(canonical(inside).encode()).decode()
        return "\n".join(each)

    return damage


def raw(edit: Callable[[bytes], bytes]) -> Callable[[str], str]:
    """Damage to the bytes of the `extra` line."""

    def damage(text: str) -> str:
        each = text.split("\n")
        each[1] = "extra " + base64.b64encode(edit(base64.b64decode(each[1][6:]))).decode()
        return "\n".join(each)

    return damage


def said(name: str, value: Any) -> Callable[[str], str]:
    return opened(lambda inside: inside["statement"].__setitem__(name, value))


def signed(signer: Signer, checkpoint: Checkpoint | None = None, text: str | None = None) -> Callable[[str], str]:
    """The receipt over another checkpoint, or the same one signed by somebody else."""

    def damage(receipt: str) -> str:
        head, note = receipt.split("\n\n", 1)
        body = text or (checkpoint.text if checkpoint else note.split("\n\n")[0] + "\n")
        return f"{head}\n\n{signer.sign(body)}"

    return damage


def loose(letter: str) -> str:
    """A base64 letter that differs only in the two bits that a hash of 32 bytes leaves unused."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return alphabet[alphabet.index(letter) ^ 1]


ROOT = base64.b64encode(bytes(32)).decode()
DAMAGES: dict[str, Callable[[str], str]] = {
    "empty": lambda text: "",
    "not a receipt": lambda text: "hello\n",
    "header of another version": lambda text: text.replace("@v1", "@v2", 1),
    "header missing": lines(lambda each: each.pop(0)),
    "text before": lambda text: "x" + text,
    "byte order mark": lambda text: "\ufeff" + text,
    "text after": lambda text: text + "x",
    "line after": lambda text: text + "\n",
    "last line break missing": lambda text: text[:-1],
    "windows line ends": lambda text: text.replace("\n", "\r\n"),
    "cut in half": lambda text: text[: len(text) // 2],
    "extra missing": lines(lambda each: each.pop(1)),
    "extra twice": lines(lambda each: each.insert(1, each[1])),
    "extra empty": put(1, "extra "),
    "extra with a space": lambda text: text.replace("extra ", "extra  ", 1),
    "extra not base64": put(1, "extra !!!!"),
    "extra in url base64": put(1, "extra -_-_"),
    "extra not text": put(1, "extra " + base64.b64encode(b"\xff\xfe").decode()),
    "extra not json": put(1, "extra " + base64.b64encode(b"{").decode()),
    "extra a list": put(1, "extra " + base64.b64encode(b"[]").decode()),
    "extra deep": put(1, "extra " + base64.b64encode(b"[" * 100_000).decode()),
    "extra with spaces": raw(lambda data: data.replace(b":", b": ", 1)),
    "extra with a key twice": raw(lambda data: data.replace(b'{"key"', b'{"key":"","key"', 1)),
    "extra with escapes": raw(lambda data: data.replace(b"board", b"\\u0062oard")),
    "index one more": put(2, f"index {INDEX + 1}"),
    "index one less": put(2, f"index {INDEX - 1}"),
    "index zero": put(2, "index 0"),
    "index of a neighbour subtree": put(2, f"index {INDEX ^ 256}"),
    "index with a zero before": put(2, f"index 0{INDEX}"),
    "index with a plus": put(2, f"index +{INDEX}"),
    "index negative": put(2, f"index -{INDEX}"),
    "index with a space": put(2, f"index {INDEX} "),
    "index with underscore": put(2, "index 3_05"),
    "index in arabic digits": put(2, "index ٣٠٥"),
    "index in hexadecimal": put(2, f"index {INDEX:#x}"),
    "index beyond the tree": put(2, f"index {SIZE}"),
    "index wrapped": put(2, f"index {INDEX + 2**64}"),
    "index missing": lines(lambda each: each.pop(2)),
    "index twice": lines(lambda each: each.insert(2, each[2])),
    "first hash missing": lines(lambda each: each.pop(3)),
    "last hash missing": lines(lambda each: each.pop(each.index("") - 1)),
    "hash twice": lines(lambda each: each.insert(3, each[3])),
    "surplus hash at the end": lines(lambda each: each.insert(each.index(""), ROOT)),
    "hashes swapped": lines(lambda each: each.__setitem__(slice(3, 5), [each[4], each[3]])),
    "hash of 31 bytes": put(3, base64.b64encode(bytes(31)).decode()),
    "hash of 33 bytes": put(3, base64.b64encode(bytes(33)).decode()),
    "hash with loose bits": lines(lambda each: each.__setitem__(3, each[3][:-2] + loose(each[3][-2]) + "=")),
    "empty line in the path": lines(lambda each: each.insert(3, "")),
    "no path": lines(lambda each: each.__setitem__(slice(3, each.index("")), [])),
    "key changed": opened(lambda inside: inside.__setitem__("key", "00" * 32)),
    "key missing": opened(lambda inside: inside.pop("key")),
    "key in capitals": opened(lambda inside: inside.__setitem__("key", inside["key"].upper())),
    "key too short": opened(lambda inside: inside.__setitem__("key", inside["key"][:-2])),
    "key null": opened(lambda inside: inside.__setitem__("key", None)),
    "key longer by zeros": opened(lambda inside: inside.__setitem__("key", inside["key"] + "00")),
    "something more beside the statement": opened(lambda inside: inside.__setitem__("note", "x")),
    "something more in the statement": said("note", "x"),
    "statement missing": opened(lambda inside: inside.pop("statement")),
    "statement as text": opened(lambda inside: inside.__setitem__("statement", canonical(inside["statement"]))),
    "another amount": opened(lambda inside: inside["statement"]["content"].__setitem__("award_minor", 250_001)),
    "another claim": opened(lambda inside: inside["statement"]["content"].__setitem__("claim", "UA-2")),
    "content missing": opened(lambda inside: inside["statement"].pop("content")),
    "another kind": said("kind", "claim.recorded"),
    "another author": said("by", "mallory"),
    "another time": said("at", "2026-11-24T00:00:00.000000Z"),
    "another version": said("v", 2),
    "version true": said("v", True),
    "type public": said("type", "public"),
    "type public without key": opened(lambda inside: (inside.pop("key"), inside["statement"].update(type="public"))),
    "type unknown": said("type", "secret"),
    "size one more": lambda text: text.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n"),
    "root changed": lines(lambda each: each.__setitem__(-4, ROOT)),
    "another origin": lambda text: text.replace("\nexample.org/log\n", "\nexample.org/lag\n"),
    "no signature": lines(lambda each: each.pop(-2)),
    "signature cut": lines(lambda each: each.__setitem__(-2, each[-2][:-8])),
    "signature of zeros": put(-2, f"— {ALICE.name} " + base64.b64encode(ALICE.verifier.id + bytes(64)).decode()),
    "signature twice": lines(lambda each: each.insert(-1, each[-2])),
    "signature with a hyphen": lambda text: text.replace("\n— ", "\n- "),
    "signed by a stranger of the same name": signed(MALLORY),
    "signed by another log": signed(OTHER),
    "a true signature over another tree": signed(ALICE, Checkpoint(ALICE.name, SIZE, bytes(32))),
    "a true signature over a shorter tree": signed(ALICE, Checkpoint(ALICE.name, INDEX, bytes(32))),
    "a true signature over an empty tree": signed(ALICE, Checkpoint(ALICE.name, 0, bytes(32))),
    "a true signature over another log's name": signed(ALICE, Checkpoint(OTHER.name, SIZE, bytes(32))),
    "a true signature over something else": signed(ALICE, text="I owe you\n"),
    "a second receipt that is damaged": lambda text: text + text.replace(f"index {INDEX}", "index 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_receipt_is_refused_with_a_reason(receipt: str, name: str) -> None:
    damaged = DAMAGES[name](receipt)
    assert damaged != receipt
    with pytest.raises(ReceiptInvalid, match=r"\w"):
        verify(damaged, ALICE.verifier)


def edited(text: str, dice: random.Random) -> str:
    at, other = dice.randrange(len(text)), dice.randrange(len(text))
    letter = dice.choice("abzABZ019+/= \n\t—\0é" + text)
    return dice.choice(
        [
            text[:at] + letter + text[at + 1 :],
            text[:at] + text[at + 1 :],
            text[:at] + letter + text[at:],
            text[: min(at, other)] + text[max(at, other) :],
            text[:at] + text[at:other] + text[at:],
        ]
    )


def test_of_400_random_edits_none_is_accepted(receipt: str) -> None:
    dice = random.Random(20261123)
    edits = [edited(receipt, dice) for _ in range(400)]
    assert [text for text in edits if text not in (receipt, receipt + receipt) and accepted(text)] == []


def test_verifying_needs_neither_django_nor_a_database(tmp_path: Path, receipt: str) -> None:
    file = tmp_path / "receipt.tlog-proof"
    file.write_text(receipt, encoding="utf-8")
    code = (
        "import sys; from amends.cli.verify import command\n"
        f"command.main([{str(file)!r}, '--key', {ALICE.verifier.text!r}], standalone_mode=False)\n"
        "assert not {'django', 'psycopg'} & set(sys.modules), 'imported'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "PROVEN: claim.decided" in done.stdout
    assert "award_minor: 250000" in done.stdout


def test_the_command_says_what_is_proven_and_what_is_not(tmp_path: Path, receipt: str) -> None:
    (tmp_path / "key.pub").write_text(ALICE.verifier.text + "\n", encoding="utf-8")
    (tmp_path / "true").write_text(receipt, encoding="utf-8")
    (tmp_path / "false").write_text(receipt.replace("index 3", "index 4"), encoding="utf-8")
    (tmp_path / "bytes").write_bytes(b"\xff")
    names = [str(tmp_path / name) for name in ("true", "false", "bytes")]
    key = ["--key", str(tmp_path / "key.pub")]
    assert CliRunner().invoke(command, [names[0], *key]).exit_code == 0
    result = CliRunner().invoke(command, [*names, *key, "--json"])
    assert result.exit_code == 1
    assert [each["holds"] for each in json.loads(result.stdout)["receipts"]] == [True, False, False]


@pytest.mark.parametrize("key", [[], ["--key", "nonsense"], ["--key", ALICE.verifier.text[:-1]]])
def test_without_a_key_nothing_is_proven(
    tmp_path: Path, receipt: str, key: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMENDS_HOME", str(tmp_path))
    (tmp_path / "true").write_text(receipt, encoding="utf-8")
    result = CliRunner().invoke(command, [str(tmp_path / "true"), *key])
    assert isinstance(result.exception, Refusal)
