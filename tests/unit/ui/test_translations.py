"""Both languages say the same: every string of the pages is translated, and what is compiled is what is written."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

import amends

PACKAGE = Path(amends.__file__).parent
CATALOGUE = PACKAGE / "locale" / "uk" / "LC_MESSAGES"
CALLS = {"_", "gettext", "gettext_lazy", "ngettext"}
PLACEHOLDER = re.compile(r"%\(\w+\)s")
# A translating call in a templatized template, which is nearly Python: its first argument is a literal.
CALL = re.compile(r"""\b(?:_|gettext|ngettext)\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
Key = str | tuple[str, int]  # as Python's gettext keys a message, or one form of a plural


def _written() -> dict[Key, str]:
    """The entries of django.po, keyed as Python's gettext keys the compiled ones."""
    found: dict[Key, str] = {}
    for block in (CATALOGUE / "django.po").read_text("utf-8").split("\n\n"):
        lines = re.findall(r'^(msgid|msgstr(?:\[(\d)\])?) ((?:".*"\n?)+)', block, re.MULTILINE)
        texts = [(name, number, "".join(map(ast.literal_eval, text.splitlines()))) for name, number, text in lines]
        source = next((text for name, _, text in texts if name == "msgid"), "")
        for name, number, text in texts:
            if source and name != "msgid":
                found[(source, int(number)) if number else source] = text
    return found


def _compiled() -> dict[Key, str]:
    with (CATALOGUE / "django.mo").open("rb") as file:
        catalogue: dict[Key, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined] # no public way to list it
    return {key: text for key, text in catalogue.items() if key}


def _strings(source: str) -> Iterator[str]:
    """First arguments of the translating calls in Python source (a templatized template is nearly that)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield ast.literal_eval(node.args[0])


def _of_pages() -> set[str]:
    found: set[str] = set()
    for path in (*PACKAGE.glob("ui/**/*.py"), *PACKAGE.glob("public/**/*.py"), *PACKAGE.glob("config/*.py")):
        found.update(_strings(path.read_text("utf-8")))
    for path in PACKAGE.glob("**/templates/**/*.html"):
        calls = CALL.findall(templatize(path.read_text("utf-8"), origin=str(path)))
        found.update(ast.literal_eval(literal) for literal in calls)
    return found


def test_every_string_of_the_pages_is_in_the_catalogue() -> None:
    strings = _of_pages()
    assert len(strings) > 200
    known = {key if isinstance(key, str) else key[0] for key in _written()}
    assert strings - known == set(), "run makemessages as the head of django.po says"


def test_nothing_is_left_untranslated() -> None:
    assert [key for key, text in _written().items() if not text] == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    assert _compiled() == _written(), "run compilemessages and commit django.mo too"


def test_a_translation_keeps_the_placeholders() -> None:
    for key, text in _written().items():
        if isinstance(key, str):
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(key)), key
