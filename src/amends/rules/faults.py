"""What can be wrong with a model of the law, and how is it said so that a lawyer finds the cell?

ValueError
├── ModelInvalid     the model has faults; nothing was loaded
├── FeelSyntaxError  one expression cannot be read (the loader turns it into a Fault)
└── NotCompilable    legal, and the interpreter runs it; it has no columnar form here
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Fault:
    """One fault, where it is and what it means. `row` is the rule's number as printed beside the table."""

    where: str
    table: str
    message: str
    row: int | None = None
    column: str | None = None
    severity: Severity = "error"
    witness: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        place = [self.where] if self.where else []
        if self.table:
            place.append(f"“{self.table}”")
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column “{self.column}”")
        return f"{', '.join(place)}: {self.message}" if place else self.message


class ModelInvalid(ValueError):  # noqa: N818 - the name that users of the library read
    """The model cannot be used. `faults` names every fault, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


class FeelSyntaxError(ValueError):
    """An expression that is not FEEL; `position` counts characters from 0."""

    def __init__(self, message: str, position: int = 0) -> None:
        self.message, self.position = message, position
        super().__init__(message)


class NotCompilable(ValueError):  # noqa: N818 - a property of an expression, not a mistake
    """An expression that only the interpreter can run. It is never compiled to something nearly right."""

    def __init__(self, decision: str, expression: str, why: str) -> None:
        self.decision, self.expression, self.why = decision, expression, why
        super().__init__(f"“{decision}” cannot be compiled to columns: {why} (in `{expression}`)")
