"""A refusal is a result with a reason; a bug is a crash.

Every domain refusal derives from Refusal and says three things: what happened, why it matters, what to do.
The command line prints them and exits with 2; a page shows them in the reader's language.
"""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - it is a refusal, not an error
    """What happened, why it matters, what to do; each a full sentence in plain words."""

    def __init__(self, what: str, why: str = "", do: str = "") -> None:
        self.what, self.why, self.do = what, why, do
        super().__init__(" ".join(part for part in (what, why, do) if part))
