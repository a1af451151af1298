"""What does a package hand over so that its facts can be compared with the journal?

Every package that writes entries exposes ``facts_for_audit() -> Iterator[Fact]`` in its ``queries.py``: one Fact
for each entry it has ever written, rebuilt from its own tables. `proofs.audit` compares; the journal only owns
the word, because every package that writes entries may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Fact(NamedTuple):
    """One entry as it should be, judging by the tables."""

    kind: str
    claim: int | None
    # The row in words, for the person who must look at it: table and human reference.
    subject: str
    # What `journal.operations.write` was given, or its canonical text.
    content: Mapping[str, Any] | str
