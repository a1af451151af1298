"""Does the library decide as the standard says? Runs folders of the DMN TCK.

    python -m amends.rules.tck DIR [--json]

With --json one object per case on standard output; totals by level on standard error; exit code 1 where a
case fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Literal

from lxml import etree

from amends.rules.dmn import read
from amends.rules.faults import Fault, ModelInvalid
from amends.rules.feel import temporal
from amends.rules.feel.values import Undefined, Value, equals, shown
from amends.rules.interpret import interpret
from amends.rules.model import Model

_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


@dataclass(frozen=True)
class Case:
    """One test case: facts in, expected values of decisions out."""

    folder: str
    name: str
    model: Path
    facts: dict[str, Value]
    expected: dict[str, Value]


@dataclass(frozen=True)
class Verdict:
    folder: str
    case: str
    engine: str
    result: Literal["pass", "fail", "refused"]
    message: str = ""


def cases(folder: Path) -> Iterator[Case]:
    """Every case below `folder`, in order of file name."""
    for path in sorted(folder.rglob("*.xml")):
        root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
        if not isinstance(root.tag, str) or etree.QName(root).localname != "testCases":
            continue
        model = path.parent / (_text(_first(root, "modelName")) or "")
        for element in _all(root, "testCase"):
            facts = {node.get("name", ""): _value(node) for node in _all(element, "inputNode")}
            expected = {
                node.get("name", ""): _value(_first(node, "expected")) for node in _all(element, "resultNode")
            }
            yield Case(path.parent.name, f"{path.stem}/{element.get('id')}", model, facts, expected)


def run(case: Case) -> Verdict:
    """The case decided by the interpreter and compared with what the TCK expects."""
    try:
        model, faults = _model(case.model)
    except ModelInvalid as error:
        return Verdict(case.folder, case.name, "interpreter", "refused", str(error.faults[0]))
    asked = _behind(case.expected, model)
    hit = next((fault for fault in faults if not fault.table or fault.table in asked), None)
    if hit:
        return Verdict(case.folder, case.name, "interpreter", "refused", str(hit))
    try:
        result = interpret(model, case.facts)
    except RecursionError as error:
        return Verdict(case.folder, case.name, "interpreter", "fail", str(error))
    for name, expected in case.expected.items():
        if name not in result.values:
            return Verdict(case.folder, case.name, "interpreter", "refused", f"“{name}” is no decision")
        found = result.values[name]
        if not _same(found, expected):
            message = f"{name}: {shown(found)} instead of {shown(expected)} {result.causes.get(name, '')}".strip()
            return Verdict(case.folder, case.name, "interpreter", "fail", message)
    return Verdict(case.folder, case.name, "interpreter", "pass")


def _behind(names: Iterable[str], model: Model) -> set[str]:
    """The decisions and functions that have a part in `names`."""
    requires = {decision.name: decision.requires for decision in model.decisions}
    requires |= {function.name: function.requires for function in model.functions}
    waiting, found = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += requires.get(name, ())
    return found


@cache
def _model(path: Path) -> tuple[Model, tuple[Fault, ...]]:
    """A folder's model. The standard puts hundreds of expressions into one, some of them faulty on purpose: a case is
    refused only where its own decision cannot be read."""
    return read(path)


def _same(found: Value, expected: Value) -> bool:
    """Equal, numbers within the TCK's tolerance of its printed digits."""
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        return abs(found - expected) <= Decimal("1e-8") * max(Decimal(1), abs(expected))
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(_same(a, b) for a, b in zip(found, expected, strict=True))
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(_same(found[key], expected[key]) for key in found)
    try:
        return equals(found, expected) is True
    except (KeyError, Undefined):
        return False


# -- the TCK's XML


def _all(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    return (child for child in element if isinstance(child.tag, str) and etree.QName(child).localname == tag)


def _first(element: etree._Element, tag: str) -> etree._Element | None:
    return next(_all(element, tag), None)


def _text(element: etree._Element | None) -> str:
    return (element.text or "") if element is not None else ""


def _value(element: etree._Element | None) -> Value:
    if element is None:
        return None
    items = _first(element, "list")
    if items is not None:
        return None if items.get(_NIL) == "true" else [_value(item) for item in _all(items, "item")]
    components = list(_all(element, "component"))
    if components:
        return {component.get("name", ""): _value(component) for component in components}
    value = _first(element, "value")
    if value is None or value.get(_NIL) == "true":
        return None
    return _typed(value.get(_TYPE, "xsd:string").rpartition(":")[2], _text(value))


def _typed(kind: str, text: str) -> Value:
    if kind in ("decimal", "double", "integer", "int", "long", "float"):
        try:
            return Decimal(text.strip())
        except InvalidOperation:
            return text
    if kind == "boolean":
        return text.strip() == "true"
    if kind in ("date", "time", "dateTime", "duration"):
        read = {
            "date": temporal.date_of,
            "time": temporal.time_of,
            "dateTime": temporal.date_and_time_of,
            "duration": temporal.duration_of,
        }[kind]
        return read(text.strip())
    return text


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m amends.rules.tck", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder of the TCK, such as TestCases")
    parser.add_argument("--json", action="store_true", help="one object per case on standard output")
    options = parser.parse_args(arguments)
    totals: Counter[tuple[str, str]] = Counter()
    for case in cases(options.folder):
        verdict = run(case)
        totals[case.model.parent.parent.name, verdict.result] += 1
        if options.json:
            sys.stdout.write(json.dumps(asdict(verdict), ensure_ascii=False) + "\n")
        elif verdict.result != "pass":
            sys.stdout.write(f"{verdict.folder} {verdict.case}: {verdict.result}: {verdict.message}\n")
    for level in sorted({level for level, _ in totals}):
        counts = {result: totals[level, result] for result in ("pass", "fail", "refused")}
        sys.stderr.write(f"{level}: {counts['pass']}/{sum(counts.values())} passed, {counts}\n")
    return 0 if all(result == "pass" for _, result in totals) else 1


if __name__ == "__main__":
    sys.exit(main())
