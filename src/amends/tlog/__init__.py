"""LIBRARY. A transparency log: RFC 6962 hashes, C2SP tiles, checkpoints and signed notes.

Owns the arithmetic (merkle, tiles), the texts (checkpoint, proof), the writer (log, store) and the two examiners
(verify for one receipt, fsck for a whole log). Knows nothing of claims, of Django or of the rest of the house.
Refuses to sign a tree that a second implementation does not find on the disk.
"""
