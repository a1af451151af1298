"""For outsiders: does this proof show that the log holds this entry? Needs only the log's public key.

Imports nothing but pure files: no database, no network, no clock, no file.
"""

from __future__ import annotations

from amends.tlog.checkpoint import Checkpoint, open_checkpoint
from amends.tlog.merkle import check_consistency, check_inclusion, leaf_hash
from amends.tlog.note import Verifier
from amends.tlog.proof import Proof


def verify_inclusion(proof: Proof, entry: bytes, key: Verifier) -> Checkpoint:
    """The checkpoint, signed by `key`, whose tree holds `entry` at `proof.index`.

    Raises NoteInvalid where the checkpoint is not signed by `key`, ProofInvalid where the entry is not in it.
    """
    checkpoint = open_checkpoint(proof.note, key)
    check_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root)
    return checkpoint


def verify_extension(older_note: str, newer_note: str, path: list[bytes], key: Verifier) -> None:
    """Raises NoteInvalid or ProofInvalid unless the newer checkpoint only adds to the older one."""
    older, newer = open_checkpoint(older_note, key), open_checkpoint(newer_note, key)
    if older.size:  # everything extends the empty tree
        check_consistency(older.size, older.root, newer.size, newer.root, path)
