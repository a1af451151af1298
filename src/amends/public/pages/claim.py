"""Where does my claim stand, and why was it decided so? Everything about one claim that may be shown to whoever holds
its number: never a name, a tax number or an account, and for a sensitive category no fact at all.

A number is random and long, so it works like a password that stands on the receipt. These pages are kept by nobody on
the way: no cache, no search engine, no address passed on by a link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from amends.claims.number import NumberMistyped, parse
from amends.decisions import queries as decisions
from amends.decisions.explanation import Explanation, Line
from amends.money import Money
from amends.payments import queries as payments
from amends.payments.queries import PaymentState
from amends.proofs import queries as proofs
from amends.public import queries
from amends.public.frame import lang, law, words
from amends.public.queries import ClaimRow
from amends.ui import formats

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Step:
    """One station of a claim. `state`: done, last (the newest that is done) or ahead."""

    name: str
    state: str
    at: datetime | None
    said: str


@dataclass(frozen=True)
class Paid:
    """What was allocated to the claim in one phase, and what became of it."""

    phase: str
    state: str
    at: datetime
    sum: Money


@dataclass(frozen=True)
class Logged:
    """One journal entry of the claim, and its place in the public log once it has one."""

    name: str
    at: datetime
    index: int | None


def private(view: View) -> View:
    """The answer is for this reader alone."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return guarded


@private
def search(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("number", "").strip()
    if not typed:
        problem = _("Type the number that stands on your receipt.") if "number" in request.GET else ""
        return render(request, "public/search.html", {"problem": problem, "typed": ""})
    try:
        number = parse(typed)
    except NumberMistyped:
        problem = _(
            "This number is mistyped: one character is wrong, or two were exchanged. "
            "Compare it with your receipt, character by character."
        )
        return render(request, "public/search.html", {"problem": problem, "typed": typed[:60]}, status=422)
    if queries.claim(number) is None:
        problem = _("No claim has this number. Compare it with your receipt.")
        return render(request, "public/search.html", {"problem": problem, "typed": number}, status=404)
    return redirect("public:claim", number=number)


@private
def page(request: HttpRequest, number: str) -> HttpResponse:
    claim = _claim(number)
    category = law(claim.programme).categories.get(claim.category)
    # A category that the law does not know is treated as the most delicate one.
    sensitive = category is None or category.sensitive
    paid = payments.of_claim(claim.id)
    explanation = decisions.explanation(claim.number, lang()) if claim.decided_at else None
    return render(
        request,
        "public/claim.html",
        {
            "claim": claim,
            "category": words(claim.programme, f"category.{claim.category}"),
            "steps": _steps(claim, paid, sensitive),
            "next": _next(claim, paid),
            "sensitive": sensitive,
            "explanation": explanation,
            "lines": _lines(explanation, sensitive),
            "silent": sum(line.silent for line, _amount in _lines(explanation, sensitive)),
            "award": _money(claim, claim.award_minor),
            "paid": [_payment(claim, each) for each in paid],
            "entries": _entries(claim.id),
        },
    )


@private
def receipt(_request: HttpRequest, number: str) -> HttpResponse:
    """The claim's receipts as one text file: proofs that verify offline, and say nothing of the claimant."""
    claim = _claim(number)
    text = "".join(text for _entry, text in proofs.receipts(claim.id))
    if not text:
        raise Http404
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{claim.number}.tlog-proof"'
    return response


def _claim(number: str) -> ClaimRow:
    claim = queries.claim(number)
    if claim is None:
        raise Http404
    return claim


def _money(claim: ClaimRow, minor: int | None) -> Money | None:
    return None if minor is None else claim.programme.money(minor)


def _steps(claim: ClaimRow, paid: list[PaymentState], sensitive: bool) -> list[Step]:
    """Filed, recorded, checked, decided, paid: what is done with its day, what is ahead without one."""
    settled = [each for each in paid if each.state == "paid"]
    stations: list[tuple[str, datetime | None, str]] = [
        (_("Filed"), claim.filed_at, _("The claim was received and acknowledged.")),
        _recorded(claim),
        (_("Checked"), claim.checked_at, _checked(claim, sensitive)),
        (_("Decided"), claim.decided_at, _decided(claim)),
        (_("Paid"), settled[-1].at if settled else None, _paid(claim, settled)),
    ]
    reached = max(place for place, (_name, at, _said) in enumerate(stations) if at is not None)
    return [
        Step(name, "last" if place == reached else "done" if at else "ahead", at, said)
        for place, (name, at, said) in enumerate(stations)
        if at is not None or (place > reached and not _ended(claim))
    ]


def _recorded(claim: ClaimRow) -> tuple[str, datetime | None, str]:
    if claim.recording == "refused":
        why = words(claim.programme, f"reason.{claim.recording_reason}")
        return _("Not recorded"), claim.recorded_at, why
    said = _("The Register found the claim eligible. This says nothing yet about merits or amount.")
    return (
        _("Recorded"),
        claim.recorded_at,
        said if claim.recorded_at else _("The Register tests whether the claim is eligible."),
    )


def _checked(claim: ClaimRow, sensitive: bool) -> str:
    if claim.checked_at is None:
        return _("The claim is compared with others and its papers are counted.")
    if sensitive:
        return _("The checks are done.")
    names = {
        "missing-evidence": _("evidence is missing"),
        "missing-answer": _("an answer is missing"),
        "duplicate": _("an earlier claim is the same"),
        "overlap": _("an earlier claim covers part of it"),
    }
    found = [names[kind] for kind, _count in queries.findings(claim.id)]
    if not found:
        return _("Nothing was found that stands against the claim.")
    return _("Noticed: %(findings)s. What follows from it is decided by the rules below.") % {
        "findings": "; ".join(found)
    }


def _decided(claim: ClaimRow) -> str:
    said = {
        "awarded": _("Money was awarded."),
        "nil": _("No money was awarded."),
        "not computable": _("The rules gave no amount; a person must decide."),
        None: _("The adopted rules are applied to the facts of the claim."),
    }
    return said[claim.outcome]


def _paid(claim: ClaimRow, settled: list[PaymentState]) -> str:
    if not settled:
        return _("The bank confirms each payment here.")
    total = _money(claim, sum(each.amount_minor for each in settled))
    assert total is not None
    return _("The bank has confirmed %(sum)s.") % {"sum": formats.money(total, lang())}


def _payment(claim: ClaimRow, payment: PaymentState) -> Paid:
    said = {
        "allocated": _("allocated"),
        "held": _("held: the account must be checked before money can be sent"),
        "instructed": _("written into an order, not yet released"),
        "released": _("sent to the bank"),
        "paid": _("confirmed by the bank"),
        "rejected": _("rejected by the bank; it stays reserved for you"),
        "returned": _("returned by the bank; it stays reserved for you"),
    }
    phase = words(claim.programme, f"phase.{payment.phase}", str(payment.phase))
    return Paid(phase, said[payment.state], payment.at, claim.programme.money(payment.amount_minor))


def _ended(claim: ClaimRow) -> bool:
    """Whether nothing more comes: not recorded, or decided without an award."""
    return claim.recording == "refused" or claim.outcome == "nil"


def _next(claim: ClaimRow, paid: list[PaymentState]) -> str:
    """What happens now, and whether the claimant must do anything."""
    if claim.recording == "refused":
        return _(
            "The claim was not recorded, for the reason given. "
            "A new claim may be filed if the reason no longer holds."
        )
    if claim.recorded_at is None:
        return _("The Register will test the claim. You need not do anything.")
    if claim.decided_at is None:
        return _(
            "The claim will be decided once the convention is in force and its turn has come. "
            "You need not do anything."
        )
    if claim.outcome == "nil":
        return _("No payment follows from this decision. The reasons stand below.")
    if claim.outcome == "not computable":
        return _("The rules could not give an amount from the facts on file. A person will look at the claim.")
    settled = sum(each.amount_minor for each in paid if each.state == "paid")
    if claim.award_minor and settled >= claim.award_minor:
        return _("The award has been paid in full. Nothing more is due.")
    if settled:
        return _("A part has been paid. The rest follows in later phases, as money reaches the fund.")
    if any(each.state in ("held", "rejected", "returned") for each in paid):
        return _(
            "A payment could not be made yet: the bank account must be checked. The money stays reserved for you."
        )
    if paid:
        return _("A payment is being prepared. It is counted as paid only when the bank has confirmed it.")
    return _("The award waits for its turn in a payment phase. When it comes depends on money in the fund.")


def _lines(explanation: Explanation | None, sensitive: bool) -> list[tuple[Line, Money | None]]:
    """The steps of the decision; none for a sensitive category, where even the name of a rule may tell a fact."""
    if explanation is None or sensitive:
        return []
    return [
        (
            line,
            None
            if line.amount_minor is None
            else Money(line.amount_minor, explanation.currency, explanation.minor_digits),
        )
        for line in explanation.lines
    ]


def _entries(claim: int) -> list[Logged]:
    return [Logged(entry_name(each.kind), each.at, each.index) for each in proofs.logged(claim)]


def entry_name(kind: str) -> str:
    """What a kind of journal entry is called."""
    names = {
        "claim.filed": _("Filed"),
        "claim.recorded": _("Recorded"),
        "claim.refused": _("Not recorded"),
        "claim.checked": _("Checked"),
        "claim.decided": _("Decided"),
        "payment.allocated": _("Payment allocated"),
        "payment.instructed": _("Payment sent to the bank"),
        "payment.settled": _("Payment confirmed by the bank"),
        "payment.returned": _("Payment returned by the bank"),
        "payment.rejected": _("Payment rejected by the bank"),
        "payment.held": _("Payment held"),
    }
    return names.get(kind, kind)
