"""Is the house still built as docs/architecture.md says? import-linter checks the layers; this checks the rest."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path

import grimp
import pytest
from django.apps import apps
from django.db.models import ForeignKey

from amends.cli.main import COMMANDS

# Packages that are a pure core with a thin Django shell.
DOMAINS = (
    "journal",
    "programmes",
    "treaty",
    "fund",
    "people",
    "claims",
    "checks",
    "decisions",
    "payments",
    "proofs",
)
SHELL = {"models", "operations", "queries", "tasks", "gateway", "apps", "admin", "migrations"}


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("amends", include_external_packages=True)


def _pure_modules(imports: grimp.ImportGraph) -> list[str]:
    inside = [m.split(".") for m in imports.modules if m.startswith("amends.")]
    return [".".join(m) for m in inside if len(m) > 2 and m[1] in DOMAINS and not SHELL & set(m[2:])]


def test_pure_modules_reach_no_django(imports: grimp.ImportGraph) -> None:
    pure = _pure_modules(imports)
    assert len(pure) > 10
    chains = {m: imports.find_shortest_chain(m, "django") for m in pure}
    assert {m: chain for m, chain in chains.items() if chain} == {}


def test_tables_stay_at_home(imports: grimp.ImportGraph) -> None:
    strangers = {
        (module, package)
        for package in DOMAINS
        for module in imports.find_modules_that_directly_import(f"amends.{package}.models")
        if not module.startswith(f"amends.{package}.")
    }
    assert strangers == set()


@pytest.mark.parametrize("label", DOMAINS)
def test_relations_have_no_visible_reverse(label: str) -> None:
    for model in apps.get_app_config(label).get_models():
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey):
                assert field.remote_field.hidden, f"{model.__name__}.{field.name} wants related_name='+'"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_exists(name: str) -> None:
    module, _ = COMMANDS[name]
    assert importlib.util.find_spec(module) is not None, f"amends {name} is listed but {module} is missing"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_names_every_command(name: str) -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text()
    assert re.search(rf"`(amends )?{name}\b", readme), f"README.md does not say what `amends {name}` is for"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example(name: str) -> None:
    command = importlib.import_module(COMMANDS[name][0]).command
    commands = [command, *getattr(command, "commands", {}).values()]
    assert any("Example" in f"{each.help}{each.epilog}" for each in commands), f"amends {name} --help has no example"
