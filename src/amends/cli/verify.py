"""`amends verify`: is a receipt true? Needs the receipt and the log's public key; no database, no network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from amends.cli.output import json_option, show
from amends.cli.session import home
from amends.proofs.receipt import LONGEST_FILE, Proven, ReceiptInvalid, verify
from amends.refusal import Refusal
from amends.tlog.note import NoteInvalid, Verifier


@click.command("verify")
@click.argument("receipts", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    help="The log's public key, or a file that holds it. Get it from somewhere you trust, not with the receipt. "
    "Left out: the key of the log in this installation.",
)
@json_option
def command(receipts: tuple[Path, ...], key: str | None, as_json: bool) -> None:
    """Verify RECEIPTS offline and say in words what each one proves. Exit code 1 if any does not hold.

    \b
    Example:
      amends verify UA-7K3F-9QXA-2M4P-C-4-claim.decided.tlog-proof --key key.pub
    """
    verifier = _verifier(key)
    results = [_result(path, verifier) for path in receipts]
    words = "\n\n".join(result.pop("words") for result in results)
    show({"key": verifier.text, "receipts": results}, words, as_json=as_json)
    if not all(result["holds"] for result in results):
        raise click.exceptions.Exit(1)


def _result(path: Path, key: Verifier) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            proven = verify(file.read(LONGEST_FILE + 1).decode(), key)
    except (ReceiptInvalid, UnicodeDecodeError) as fault:
        reason = str(fault) if isinstance(fault, ReceiptInvalid) else "it is not text"
        return {
            "file": str(path),
            "holds": False,
            "reason": reason,
            "words": f"{path}\nNOT PROVEN: {reason}.\nDo not rely on this file. Ask for the receipt again.",
        }
    return {
        "file": str(path),
        "holds": True,
        "proven": [
            {
                "log": each.checkpoint.origin, "index": each.index, "checkpoint": each.checkpoint.size,
                "root": each.checkpoint.root.hex(), "kind": each.kind, "by": each.by, "at": each.at,
                "content": each.content, "public": each.public,
            }
            for each in proven
        ],
        "words": "\n\n".join([str(path), *(_words(each) for each in proven)]),
    }  # fmt: skip


def _words(proven: Proven) -> str:
    log = proven.checkpoint
    return "\n".join(
        [
            f"PROVEN: {proven.kind}",
            f"  Stated by {proven.by}, as of {proven.at}:",
            *_content(proven.content),
            f"  The log {log.origin} holds this statement as entry {proven.index:,}, and signed so in its checkpoint",
            f"  of {log.size:,} entries. It cannot be changed or taken back without breaking that signature.",
        ]
    )


def _content(content: Mapping[str, Any]) -> Iterator[str]:
    for name, value in content.items():
        if name not in ("v", "kind"):
            yield f"    {name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"


def _verifier(key: str | None) -> Verifier:
    given = Path(key) if key else home() / "log" / "key.pub"
    try:
        if given.is_file():
            return Verifier.parse(given.read_text(encoding="utf-8").strip())
        if key:
            return Verifier.parse(key.strip())
    except (NoteInvalid, UnicodeDecodeError) as fault:
        raise Refusal(
            f"The key cannot be used: {fault}.",
            "Without the log's public key nothing can be proven.",
            "Copy the key again from where the log publishes it; it looks like name+1a2b3c4d+base64.",
        ) from fault
    raise Refusal(
        "No key was given, and there is no log in this installation.",
        "A receipt proves something only together with the log's public key.",
        "Give the key with --key, as text or as a file.",
    )
