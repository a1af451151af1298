"""`amends explain`: one decision, line by line, in the reader's language."""

from __future__ import annotations

from dataclasses import asdict

import click

from amends.cli.output import json_option, show
from amends.cli.session import database
from amends.decisions.explanation import WORDS, Explanation
from amends.money import Money
from amends.refusal import Refusal


@click.command("explain")
@click.argument("claim")
@click.option("--language", type=click.Choice(["en", "uk"]), default="en", show_default=True)
@json_option
def command(claim: str, language: str, as_json: bool) -> None:
    """Explain the decision on CLAIM (its reference number): each rule that applied, what it saw, and its legal basis.

    \b
    Example:
      amends explain UA-7K3F-9QXA-2M4P-C --language uk
    """
    with database():
        from amends.claims.number import parse
        from amends.decisions.queries import explanation

        found = explanation(parse(claim), language)
    if found is None:
        raise Refusal(
            f"There is no decision on claim {claim}.",
            "Either no claim has this reference, or it has not been decided yet.",
            "Check the reference, and look at the claim's page for where it stands.",
        )
    show(asdict(found), _words(found, language), as_json=as_json)


def _words(found: Explanation, language: str) -> str:
    words = WORDS[language]
    award = Money(found.award_minor, found.currency, found.minor_digits)
    out = [
        f"{found.claim}  {found.programme}  {found.category}",
        f"{words[found.outcome]}: {found.reason_text}  {award}",
        "",
    ]
    for number, line in enumerate(found.lines, 1):
        amount = (
            f"  {Money(line.amount_minor, found.currency, found.minor_digits)}"
            if line.amount_minor is not None
            else ""
        )
        rule = f" ({words['rule'].format(line.rule)})" if line.rule else ""
        out.append(f"{number:>3}. {line.heading}{rule}: {line.text}{amount}")
        out += [
            f"       {fact.label}: {fact.value}" + (f"   [{fact.condition}]" if fact.condition else "")
            for fact in line.facts
        ]
        if line.legal_basis:
            out.append(f"       {line.legal_basis}")
    if not found.reproduced:
        out.append(
            "\nWARNING: the interpreter does not reproduce the stored trace. Run `amends audit` and report this."
        )
    return "\n".join(out)
