"""How do the files of a folder become one programme? File after file, each read with the help of those before.

Faults are noted on the way, and reading goes on; at the end the programme is whole, or refused with all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from amends.programmes import catalogue, columns, companions, declaration, laws, wording
from amends.programmes import texts as speech
from amends.programmes.cases import CaseReader
from amends.programmes.declaration import Declaration, PhaseTerms
from amends.programmes.faults import Faults, ProgrammeInvalid, Table, nearest, parse_toml
from amends.programmes.programme import Case, Category, Organ, Phase, Programme, Question, Scope

FILES = ("programme.toml", "questions.toml", "caseload.toml", "map.csv")
PLACES = (*FILES, "*.dmn", "categories/*.toml", "texts/*.toml", "cases/*.csv", "mappings/*.toml", "*.md")


def assemble(code: str, files: Mapping[str, str], sha256: str, faults: Faults) -> Programme:
    """The programme of these files. Raises ProgrammeInvalid with every fault, `faults` noted before included."""
    top = _open(code, files, faults)
    questions = _questions(files, declaration.read_minor_digits(top), faults)
    categories = _categories(files, questions, faults)
    declared = declaration.read(top, categories, questions)

    facts = laws.known_facts(questions, categories, declared.facts)
    recording, decision = laws.load_laws(declared, _with_suffix(files, ".dmn"), facts, faults)

    texts = speech.read_texts(_below(files, "texts/"), declared.languages, faults)
    needed = wording.needed(declared, questions, categories, recording, decision)
    speech.check_texts(texts, needed, wording.allowed(facts, recording, decision), faults)

    mappings = tuple(
        columns.read_mapping(file, text, questions, faults) for file, text in _below(files, "mappings/").items()
    )
    cases = _cases(files, declared, questions, categories, faults)
    _check_companions(files, declared, questions, categories, faults)
    _check_places(files, faults)

    if faults.errors or decision is None:
        raise ProgrammeInvalid(code, faults.found)

    def in_all(key: str) -> dict[str, str]:
        return {language: texts[language][key] for language in declared.languages}

    return Programme(
        code=code,
        names=in_all("programme"),
        legal_basis=declared.legal_basis,
        illustrative=declared.illustrative,
        currency=declared.currency,
        minor_digits=declared.minor_digits,
        scope=Scope(declared.from_date, declared.to_date, in_all("scope.territory")),
        organs=tuple(Organ(organ, powers, in_all(f"organ.{organ}")) for organ, powers in declared.organs),
        entry_into_force=declared.entry_into_force,
        phases=tuple(_phase(terms, in_all(f"phase.{terms.number}")) for terms in declared.phases),
        languages=declared.languages,
        categories=categories,
        questions=questions,
        region_question=declared.roles["region_question"],
        amount_question=declared.roles["amount_question"],
        date_question=declared.roles["date_question"],
        facts=declared.facts,
        recording=recording,
        decision=decision,
        texts=texts,
        mappings=mappings,
        cases=cases,
        files=dict(files),
        sha256=sha256,
        warnings=tuple(faults.found),
    )


def _open(code: str, files: Mapping[str, str], faults: Faults) -> Table:
    """programme.toml; where it cannot be read at all, nothing else can be understood."""
    before = faults.errors
    values = parse_toml("programme.toml", files.get("programme.toml", ""), faults)
    if faults.errors > before:
        raise ProgrammeInvalid(code, faults.found)
    return Table("programme.toml", "", values, faults)


def _questions(files: Mapping[str, str], minor_digits: int, faults: Faults) -> dict[str, Question]:
    if "questions.toml" not in files:
        faults.add("questions.toml", "is missing.")
        return {}
    return catalogue.read_questions("questions.toml", files["questions.toml"], minor_digits, faults)


def _categories(files: Mapping[str, str], questions: Mapping[str, Question], faults: Faults) -> dict[str, Category]:
    categories = catalogue.read_categories(_below(files, "categories/"), questions, faults)
    if not categories:
        faults.add("categories/", "holds no category.")
    return categories


def _cases(
    files: Mapping[str, str], declared: Declaration, questions: Mapping[str, Question],
    categories: Mapping[str, Category], faults: Faults,
) -> tuple[Case, ...]:  # fmt: skip
    reader = CaseReader(questions, categories, declared.facts, len(declared.phases), faults)
    cases = tuple(case for file, text in _below(files, "cases/").items() for case in reader.read(file, text))
    if declared.recording is None:
        for case in cases:
            for column in sorted(column for column in case.expected if column.startswith("expect_recording")):
                message = "The programme has no [recording], so this would never be tested."
                faults.add(case.file, message, row=case.row, column=column)
    return cases


def _check_companions(
    files: Mapping[str, str], declared: Declaration, questions: Mapping[str, Question],
    categories: Mapping[str, Category], faults: Faults,
) -> None:  # fmt: skip
    if "caseload.toml" in files:
        companions.check_caseload("caseload.toml", files["caseload.toml"], categories, questions, faults)
    if "map.csv" in files:
        region = questions.get(declared.roles["region_question"] or "")
        companions.check_map("map.csv", files["map.csv"], region.choices if region else (), faults)


def _check_places(files: Mapping[str, str], faults: Faults) -> None:
    """A file in a place where nobody looks would be silently without effect."""
    for name in sorted(files):
        if not any(PurePath(name).match(place) and name.count("/") == place.count("/") for place in PLACES):
            faults.add(name, f"lies where no programme file belongs.{nearest(name, PLACES)}")


def _phase(terms: PhaseTerms, names: Mapping[str, str]) -> Phase:
    per = "claim" if terms.per == "claim" else "claimant"
    return Phase(terms.number, names, terms.tiers, per, terms.counts_earlier)  # type: ignore[arg-type] # one of the two


def _below(files: Mapping[str, str], folder: str) -> dict[str, str]:
    return {name: text for name, text in sorted(files.items()) if name.startswith(folder)}


def _with_suffix(files: Mapping[str, str], suffix: str) -> dict[str, str]:
    return {name: text for name, text in sorted(files.items()) if name.endswith(suffix)}
