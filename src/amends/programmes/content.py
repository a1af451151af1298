"""What does the log say of an adopted programme? The hash of its files: whoever has the folder can compare."""

from __future__ import annotations

from typing import Any


def adopted(*, code: str, sha256: str, files: int) -> dict[str, Any]:
    return {"v": 1, "kind": "programme.adopted", "programme": code, "sha256": sha256, "files": files}
