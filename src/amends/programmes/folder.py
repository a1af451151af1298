"""Where is a programme, and is it whole? Reads a folder; gives a programme without a fault, or names all faults."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

from amends.programmes import catalogue, columns, companions, declaration, laws
from amends.programmes import texts as speech
from amends.programmes.cases import CaseReader
from amends.programmes.faults import Faults, ProgrammeInvalid, Table, nearest, parse_toml
from amends.programmes.programme import (
    CLAIMANT_KINDS,
    DECISION_OUTCOMES,
    NO_ANSWER,
    RECORDING_OUTCOMES,
    Category,
    Law,
    Organ,
    Phase,
    Programme,
    Question,
    Scope,
)
from amends.refusal import Refusal

_REPOSITORY = Path(__file__).resolve().parents[3]
_SUFFIXES = (".toml", ".dmn", ".csv", ".md")
_FILES = ("programme.toml", "questions.toml", "caseload.toml", "map.csv")
_PLACES = (*_FILES, "*.dmn", "categories/*.toml", "texts/*.toml", "cases/*.csv", "mappings/*.toml", "*.md")
# What a programme may point out among its questions, and of what type that question must be.
_ROLES = {"region_question": ("choice", "text"), "amount_question": ("money",), "date_question": ("date",)}
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
    return _build(code_of(folder), files, faults)


def from_files(code: str, files: Mapping[str, str]) -> Programme:
    """The same from texts: a frozen version read back from the database."""
    return _build(code, files, Faults())


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


def _build(code: str, files: Mapping[str, str], faults: Faults) -> Programme:
    """Reads file after file, noting faults, and refuses at the end: one reading names all that can be named."""
    before = faults.errors
    top = Table("programme.toml", "", parse_toml("programme.toml", files.get("programme.toml", ""), faults), faults)
    if not top.values and faults.errors > before:
        raise ProgrammeInvalid(code, faults.found)  # everything else is read with its help
    minor_digits = top.whole("minor_digits", 2)
    languages = top.texts("languages", required=True)
    currency = top.text("currency", required=True)
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        top.fault(f'"{currency}" is not a currency code of three capital letters, such as EUR.', "currency")

    questions: dict[str, Question] = {}
    if "questions.toml" in files:
        questions = catalogue.read_questions("questions.toml", files["questions.toml"], minor_digits, faults)
    else:
        faults.add("questions.toml", "is missing.")
    categories = catalogue.read_categories(_below(files, "categories/", ".toml"), questions, faults)
    if not categories:
        faults.add("categories/", "holds no category.")

    scope = top.table("scope", required=True)
    from_date, to_date = scope.day("from"), scope.day("to")
    declaration.check_scope_order(top, from_date, to_date)
    scope.finish()
    organs = declaration.read_organs(top)
    entry = declaration.read_entry_into_force(top, minor_digits)
    phases = declaration.read_phases(top, categories, minor_digits)
    facts = declaration.read_facts(top, categories, questions)
    illustrative = top.flag("illustrative")
    legal_basis = top.text("legal_basis", required=True)
    roles = {role: top.name_of(role, questions, "a question of questions.toml")
             for role in _ROLES}  # fmt: skip

    kinds = laws.known_facts(questions, categories, facts)
    models = {file: text for file, text in files.items() if file.endswith(".dmn")}
    recording_names = declaration.read_law(top, "recording", awards=False)
    decision_names = declaration.read_law(top, "decision", awards=True)
    recording = laws.load_law(recording_names, models, kinds, RECORDING_OUTCOMES, faults) if recording_names else None
    decision = laws.load_law(decision_names, models, kinds, DECISION_OUTCOMES, faults) if decision_names else None
    named = {names.file for names in (recording_names, decision_names) if names}
    for file in sorted(set(models) - named):
        faults.add(file, "is not named by [recording] or [decision] in programme.toml.")
    top.finish()

    spoken = speech.read_texts(_below(files, "texts/", ".toml"), languages, faults)
    needed = _needed_texts(illustrative, questions, categories, [code for code, _ in organs],
                           [phase.number for phase in phases], recording, decision)  # fmt: skip
    speech.check_texts(spoken, needed, _allowed_texts(kinds, recording, decision), faults)

    mappings = tuple(
        columns.read_mapping(file, text, questions, faults)
        for file, text in _below(files, "mappings/", ".toml").items()
    )
    reader = CaseReader(questions, categories, facts, len(phases), faults)
    cases = tuple(case for file, text in _below(files, "cases/", ".csv").items() for case in reader.read(file, text))
    _check_questions(roles, questions, top)
    for case in cases if recording_names is None else ():
        for column in sorted(column for column in case.expected if column.startswith("expect_recording")):
            faults.add(case.file, "The programme has no [recording], so this would never be tested.", row=case.row,
                       column=column)  # fmt: skip
    _check_places(files, faults)
    if "caseload.toml" in files:
        companions.check_caseload("caseload.toml", files["caseload.toml"], categories, questions, faults)
    region = questions.get(roles["region_question"] or "")
    if "map.csv" in files:
        companions.check_map("map.csv", files["map.csv"], region.choices if region else (), faults)

    if faults.errors > 0 or decision is None:
        raise ProgrammeInvalid(code, faults.found)

    def in_all(key: str) -> dict[str, str]:
        return {language: spoken[language][key] for language in languages}

    return Programme(
        code=code,
        names=in_all("programme"),
        legal_basis=legal_basis,
        illustrative=illustrative,
        currency=currency,
        minor_digits=minor_digits,
        scope=Scope(from_date, to_date, in_all("scope.territory")),
        organs=tuple(Organ(organ, powers, in_all(f"organ.{organ}")) for organ, powers in organs),
        entry_into_force=entry,
        phases=tuple(
            Phase(phase.number, in_all(f"phase.{phase.number}"), phase.tiers,
                  "claim" if phase.per == "claim" else "claimant", phase.counts_earlier)
            for phase in phases
        ),
        languages=languages,
        categories=categories,
        questions=questions,
        region_question=roles["region_question"],
        amount_question=roles["amount_question"],
        date_question=roles["date_question"],
        facts=facts,
        recording=recording,
        decision=decision,
        texts=spoken,
        mappings=mappings,
        cases=cases,
        files=dict(files),
        sha256=fingerprint(files),
        warnings=tuple(faults.found),
    )  # fmt: skip


def _check_places(files: Mapping[str, str], faults: Faults) -> None:
    """A file in a place where nobody looks would be silently without effect."""
    for name in sorted(files):
        if not any(PurePath(name).match(place) and name.count("/") == place.count("/") for place in _PLACES):
            faults.add(name, f"lies where no programme file belongs.{nearest(name, _PLACES)}")


def _below(files: Mapping[str, str], folder: str, suffix: str) -> dict[str, str]:
    return {name: text for name, text in sorted(files.items()) if name.startswith(folder) and name.endswith(suffix)}


def _check_questions(roles: Mapping[str, str | None], questions: Mapping[str, Question], top: Table) -> None:
    for role, types in _ROLES.items():
        question = roles[role]
        if question and questions[question].type not in types:
            was = questions[question].type
            top.fault(f'"{question}" has the type "{was}"; {" or ".join(types)} is needed.', role)


def _needed_texts(
    illustrative: bool, questions: Mapping[str, Question], categories: Mapping[str, Category], organs: list[str],
    phases: list[int], recording: Law | None, decision: Law | None,
) -> dict[str, str]:  # fmt: skip
    """Text key -> why it is needed."""
    needed = {"programme": "the programme's name", "scope.territory": "the territory of the scope",
              f"reason.{NO_ANSWER}": "said where the rules give no answer"}  # fmt: skip
    if illustrative:
        needed["illustrative"] = "an illustrative programme says so wherever it is shown"
    needed |= {f"category.{code}": f"the category {code}" for code in categories}
    needed |= {f"question.{key}": f"the question {key}" for key in questions}
    needed |= {f"choice.{question.id}.{choice}": f"a choice of the question {question.id}"
               for question in questions.values() for choice in question.choices}  # fmt: skip
    needed |= {f"evidence.{item.code}": f"evidence for the category {category.code}"
               for category in categories.values() for item in category.evidence}  # fmt: skip
    needed |= {f"organ.{organ}": f"the organ {organ}" for organ in organs}
    needed |= {f"phase.{number}": f"payment phase {number}" for number in phases}
    for law in (recording, decision):
        if law is not None:
            type_ = next((each.type for each in law.model.decisions if each.name == law.reason), None)
            if type_ is not None:
                needed |= {f"reason.{code}": f"a reason of {law.file}" for code in laws.choices_of(type_)}
    return needed


def _allowed_texts(facts: Iterable[str], *law_books: Law | None) -> list[str]:
    """What a programme may say but need not: an explanation of a decision speaks of every step and fact."""
    steps = [decision.name for law in law_books if law for decision in law.model.decisions]
    bases = [basis for law in law_books if law for basis in laws.legal_bases(law.model)]
    return [
        "programme.about",
        "illustrative",
        *(f"claimant.{kind}" for kind in CLAIMANT_KINDS),
        *(f"question.{fact}" for fact in facts),
        *(f"decision.{step}" for step in steps),
        *(f"{speech.BASIS}{basis}" for basis in bases),
    ]
