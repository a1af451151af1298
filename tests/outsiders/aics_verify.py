"""Do a log and its receipts hold, judged by PyPI's `aics-tlog`? Runs in an environment of its own, Python 3.12.

python aics_verify.py LOGDIR VKEY [RECEIPT...]

All hashing, tiles and signatures are those of aics-tlog, which nobody here wrote. Only the receipt's text is read
here.
"""

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path

from aics_tlog import (
    FileSystemTileReader,
    audit_tiles,
    parse_note,
    parse_vkey,
    verify_checkpoint,
    verify_leaf_inclusion,
)

HEADER = "c2sp.org/tlog-proof@v1\n"


def main(folder: str, vkey: str, *receipts: str) -> None:
    key = parse_vkey(vkey)
    newest = opened(Path(folder, "checkpoint").read_bytes().decode(), key)
    report = audit_tiles(FileSystemTileReader(folder), newest.size, newest.root)
    print(f"aics-tlog: {report.size} entries, {report.tiles} tiles, {report.bundles} bundles, the root verified")
    for path in receipts:
        for text in Path(path).read_bytes().decode().split(HEADER)[1:]:
            head, note = text.split("\n\n", 1)
            extra, index, *proof = head.split("\n")
            entry, kind = opening(base64.b64decode(extra.removeprefix("extra "), validate=True))
            number, checkpoint = int(index.removeprefix("index ")), opened(note, key)
            hashes = [base64.b64decode(line, validate=True) for line in proof]
            if not verify_leaf_inclusion(entry, number, checkpoint.size, hashes, checkpoint.root):
                sys.exit(f"aics-tlog: NOT verified: {path}")
            print(f"aics-tlog: receipt holds: {kind}, entry {number} of {checkpoint.size}")


def opened(note: str, key):
    result = verify_checkpoint(parse_note(note), key, expected_origin=key.name)
    if not (result.ok and result.log_ok):
        sys.exit(f"aics-tlog: NOT verified: {result.error}")
    return result


def opening(extra: bytes) -> tuple[bytes, str]:
    """The bytes that the log must hold. The statement is canonical JSON: its bytes stand in `extra` as they are."""
    said = json.loads(extra)
    _, _, statement = extra[:-1].partition(b'"statement":')
    if said["statement"]["type"] == "public":
        return statement, said["statement"]["kind"]
    mac = hmac.new(bytes.fromhex(said["key"]), statement, hashlib.sha256).hexdigest()
    return b'{"commitment":"%s","type":"private","v":1}' % mac.encode(), said["statement"]["kind"]


main(*sys.argv[1:])
