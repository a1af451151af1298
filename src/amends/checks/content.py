"""What does the journal say of a check? The same words when it is made and when it is audited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from amends.journal.canonical import fingerprint, instant

# kind, the other claim's number or None, detail
Found = tuple[str, str | None, dict[str, Any]]


def checked(*, claim: str, findings: Sequence[Found], at: datetime) -> dict[str, Any]:
    """Content of ``claim.checked``: how many findings of each kind, and a fingerprint of every one of them."""
    told = sorted(([kind, other, detail] for kind, other, detail in findings), key=repr)
    kinds = [kind for kind, _, _ in findings]
    return {
        "v": 1,
        "kind": "claim.checked",
        "claim": claim,
        "findings": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "fingerprint": fingerprint({"claim": claim, "findings": told, "at": instant(at)}).hex(),
    }
