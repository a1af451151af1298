"""Owns what happened: append-only entries, each with its commitment, each queued for the public log.

Every operation of every domain writes its entry here in its own transaction. Refuses update, delete and
truncate in the database itself. Leaves the log to `proofs`, which reads this package."""
