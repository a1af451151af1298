"""Do the DMN models fit the programme? Every input a known fact of the right type, every result where it is named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from amends import rules
from amends.programmes.declaration import Declaration, LawNames
from amends.programmes.faults import Faults, nearest
from amends.programmes.programme import (
    CHECK_FACTS,
    CLAIMANT_KINDS,
    DECISION_OUTCOMES,
    RECORDING_OUTCOMES,
    Category,
    Law,
    Question,
    SetFact,
)

# A claim without these is no claim: intake sets it aside.
NEVER_NULL = ("category", "claimant_kind")


@dataclass(frozen=True)
class Kind:
    """What a fact can be. `closed`: the model must name exactly these choices, so that none is forgotten."""

    type: str
    choices: tuple[str, ...] = ()
    closed: bool = True
    low: Decimal | None = None
    high: Decimal | None = None
    decimals: int = 0


def known_facts(
    questions: Mapping[str, Question], categories: Mapping[str, Category], facts: Iterable[SetFact]
) -> dict[str, Kind]:
    """Every fact that a model may take as an input."""
    kinds = {
        "category": Kind("choice", tuple(categories)),
        "claimant_kind": Kind("choice", CLAIMANT_KINDS),
        "filed_date": Kind("date"),
        **{name: Kind("yes-no") for name in CHECK_FACTS},
    }
    for question in questions.values():
        kinds[question.id] = Kind(
            question.type, question.choices, low=question.low, high=question.high, decimals=question.decimals
        )
    for fact in facts:
        kinds[fact.name] = Kind("yes-no") if fact.kind == "elsewhere" else Kind("count")
    return kinds


def load_laws(
    declared: Declaration, models: Mapping[str, str], kinds: Mapping[str, Kind], faults: Faults
) -> tuple[Law | None, Law | None]:
    """The laws of recording and of decision. A DMN file that neither names is a fault: it would decide nothing."""
    laws = []
    for names, outcomes in ((declared.recording, RECORDING_OUTCOMES), (declared.decision, DECISION_OUTCOMES)):
        laws.append(_load_law(names, models, kinds, outcomes, faults) if names else None)
    named = {names.file for names in (declared.recording, declared.decision) if names}
    for file in sorted(set(models) - named):
        faults.add(file, "is not named by [recording] or [decision] in programme.toml.")
    recording, decision = laws
    return recording, decision


@lru_cache(maxsize=32)
def _read(text: str, file: str) -> tuple[rules.Model, tuple[rules.Fault, ...]]:
    """The model and what its audit finds. A frozen version is often read right after its own folder: same text, same
    law, and the audit is the slow part."""
    model = rules.load(text, name=file)
    return model, tuple(rules.audit(model))


def _load_law(
    names: LawNames, files: Mapping[str, str], kinds: Mapping[str, Kind], outcomes: Collection[str], faults: Faults
) -> Law | None:
    """The law, with every fault of its model noted; None where there is no model to look at."""
    if names.file not in files:
        models = [file for file in files if file.endswith(".dmn")]
        names.place.fault(f'There is no file "{names.file}".{nearest(names.file, models)}', "model")
        return None
    try:
        model, found = _read(files[names.file], names.file)
    except rules.ModelInvalid as invalid:
        _note(names, invalid.faults, faults)
        return None
    _note(names, found, faults)
    for name, type_ in model.inputs.items():
        if name not in kinds:
            message = f'"{name}" is neither a question nor a fact of this programme.{nearest(name, kinds)}'
            faults.add(names.file, message, table=name)
        else:
            for message in _misfits(kinds[name], type_):
                faults.add(names.file, message, table=name)
    decisions = {decision.name: decision for decision in model.decisions}
    for role in ("outcome", "reason", "award"):
        wanted = getattr(names, role)
        if wanted and wanted not in decisions:
            names.place.fault(f'{names.file} has no decision "{wanted}".{nearest(wanted, decisions)}', role)
    if names.outcome in decisions:
        said = choices_of(decisions[names.outcome].type)
        for outcome in said:
            if outcome not in outcomes:
                message = f'"{outcome}" is not an outcome; there are {_list(outcomes)}.'
                faults.add(names.file, message, table=names.outcome)
        if not said:
            _needs_choices(names.file, names.outcome, "outcomes", faults)
    if names.reason in decisions and not choices_of(decisions[names.reason].type):
        _needs_choices(names.file, names.reason, "reason codes", faults)
    return Law(names.file, model, names.outcome, names.reason, names.award)


def _needs_choices(file: str, decision: str, what: str, faults: Faults) -> None:
    faults.add(file, f"The type of this decision must list its {what} under allowedValues, so that none is without a "
               "text.", table=decision)  # fmt: skip


def _note(names: LawNames, found: Iterable[rules.Fault], faults: Faults) -> None:
    for fault in found:
        witness = fault.witness or {}
        if any(name in witness and witness[name] is None for name in NEVER_NULL):
            continue  # true of the table alone, but no claim is like that
        example = ", ".join(f"{name} = {_say(value)}" for name, value in witness.items())
        message = fault.message[:1].upper() + fault.message[1:].rstrip(".")
        message += f". Example: {example}." if example else "."
        # The audit cannot know whether a computed value ever occurs, and only warns. Each listed reason does occur.
        certain = (
            fault.table == names.outcome and set(witness) == {names.reason} and witness[names.reason] is not None
        )
        severity = "error" if certain else fault.severity
        faults.add(names.file, message, table=fault.table, row=fault.row, column=fault.column, severity=severity)


def _say(value: object) -> str:
    """A value as FEEL writes it, so that it can be pasted into a cell."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def choices_of(type_: rules.Type) -> tuple[str, ...]:
    return tuple(type_.choices or ()) if isinstance(type_, rules.Text) else ()


def reasons(law: Law) -> tuple[str, ...]:
    """The codes of all reasons that the law can give."""
    return next((choices_of(decision.type) for decision in law.model.decisions if decision.name == law.reason), ())


def legal_bases(model: rules.Model) -> list[str]:
    """The annotations of all rules, each once, in their order."""
    tables = [decision.table for decision in model.decisions if decision.table]
    return list(dict.fromkeys(note for table in tables for rule in table.rules for note in rule.annotations.values()))


def _misfits(kind: Kind, type_: rules.Type) -> Iterable[str]:
    """Why a fact of this kind cannot be this input; nothing where it can."""
    if kind.type in ("choice", "text"):
        if not isinstance(type_, rules.Text):
            yield f"The model takes this as {_name(type_)}, but it is a text."
        elif type_.choices is not None:
            missing = [choice for choice in kind.choices if choice not in type_.choices]
            surplus = [choice for choice in type_.choices if choice not in kind.choices]
            if kind.type == "text":
                yield "The model lists allowed values, but the question takes any text: give it the type choice."
                return
            if missing:
                yield f"The model does not know {_list(missing)}."
            if surplus:
                yield f"The model allows {_list(surplus)}, which the programme does not have."
    elif kind.type == "yes-no":
        if not isinstance(type_, rules.Boolean):
            yield f"The model takes this as {_name(type_)}, but it is yes or no (boolean)."
    elif kind.type == "date":
        if not isinstance(type_, rules.Date):
            yield f"The model takes this as {_name(type_)}, but it is a date."
    elif not isinstance(type_, rules.Number):
        yield f"The model takes this as {_name(type_)}, but it is a number."
    elif kind.low is not None and kind.high is not None:
        if type_.low is None or type_.high is None:
            yield (f"The model must give the range under allowedValues, such as [{kind.low}..{kind.high}]: "
                   "it decides how many digits are computed.")  # fmt: skip
        elif type_.low > kind.low or type_.high < kind.high:
            yield f"The model allows {type_.low} to {type_.high}, the question {kind.low} to {kind.high}."
        elif type_.scale is not None and type_.scale < kind.decimals:
            span = f"[{kind.low}..{kind.high:.{kind.decimals}f}]"
            yield f"The model keeps {type_.scale} decimals, the question {kind.decimals}: write the range as {span}."


def _name(type_: rules.Type) -> str:
    return f"a {type(type_).__name__.lower()}"


def _list(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
