"""Where is a programme, and is it whole? Reads a folder; gives a programme without a fault, or names all faults."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from amends.programmes.assembly import assemble
from amends.programmes.faults import Faults, nearest
from amends.programmes.programme import Programme
from amends.refusal import Refusal

_REPOSITORY = Path(__file__).resolve().parents[3]
_SUFFIXES = (".toml", ".dmn", ".csv", ".md")
_VERSION = re.compile(r"v[1-9]\d*")


class ProgrammeNotFound(Refusal):
    """Nothing of that name, in any place where programmes are looked for."""


def shelves() -> tuple[Path, ...]:
    """The folders in which programmes are looked for, first come first served."""
    named = os.environ.get("AMENDS_PROGRAMMES")
    return ((Path(named),) if named else ()) + (Path("programmes"), _REPOSITORY / "programmes")


def find(name: str) -> Path:
    """The folder of "ukraine/v1", of the newest version of "ukraine", or of a path."""
    for folder in (Path(name), *(shelf / name for shelf in shelves())):
        if (folder / "programme.toml").is_file():
            return folder
        versions = [child for child in folder.glob("v*") if _VERSION.fullmatch(child.name)]
        versions = [child for child in versions if (child / "programme.toml").is_file()]
        if versions:
            return max(versions, key=lambda child: int(child.name[1:]))
    known = available()
    raise ProgrammeNotFound(
        f'There is no programme "{name}".{nearest(name, known)}',
        "A programme is a folder that holds a file programme.toml.",
        f"Known here: {', '.join(known) or 'none'}. Make a new one with: amends programme new NAME",
    )


def available() -> list[str]:
    """The codes of all programmes on all shelves."""
    found = {code_of(path.parent) for shelf in shelves() for path in shelf.glob("*/v*/programme.toml")}
    return sorted(found)


def code_of(folder: Path) -> str:
    folder = folder.resolve()
    return f"{folder.parent.name}/{folder.name}" if _VERSION.fullmatch(folder.name) else folder.name


def load(folder: Path) -> Programme:
    """The programme in `folder`. Raises ProgrammeInvalid with every fault, or ProgrammeNotFound."""
    if not (folder / "programme.toml").is_file():
        raise ProgrammeNotFound(f'There is no file programme.toml in "{folder}".', "It makes a folder a programme.",
                                "Make a new one with: amends programme new NAME")  # fmt: skip
    faults = Faults()
    files = _read(folder, faults)
    return assemble(code_of(folder), files, fingerprint(files), faults)


def from_files(code: str, files: Mapping[str, str]) -> Programme:
    """The same from texts: a frozen version read back from the database."""
    return assemble(code, files, fingerprint(files), Faults())


def fingerprint(files: Mapping[str, str]) -> str:
    """SHA-256 over the sorted list of relative paths and the SHA-256 of each file's bytes."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{hashlib.sha256(files[path].encode()).hexdigest()}  {path}\n".encode())
    return digest.hexdigest()


def _read(folder: Path, faults: Faults) -> dict[str, str]:
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or any(part.startswith(".") for part in Path(name).parts) or name.endswith("~"):
            continue
        if path.suffix not in _SUFFIXES:
            faults.add(name, f"is no part of a programme: its files end in {', '.join(_SUFFIXES)}.")
            continue
        content = path.read_bytes()
        try:
            files[name] = content.decode()
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            faults.add(name, f"is not UTF-8 (byte 0x{content[error.start]:02X}). Save it as UTF-8.",
                       row=line)  # fmt: skip
            files[name] = content.decode(errors="replace")
        if "\0" in files[name]:
            faults.add(name, "holds a zero byte; it is no text file.")
    return files
