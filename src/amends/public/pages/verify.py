"""Does this receipt prove what it says? Read, checked, answered in words, and forgotten: nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from amends.money import Money
from amends.proofs import queries as proofs
from amends.proofs import receipt
from amends.proofs.receipt import Proven, ReceiptInvalid
from amends.public.frame import lang
from amends.public.pages.claim import entry_name, private
from amends.ui import formats


@dataclass(frozen=True)
class Row:
    """One thing that the receipt proves."""

    name: str
    said: str
    index: int


@dataclass(frozen=True)
class Verdict:
    good: bool
    heading: str
    sentences: list[str]
    rows: list[Row]


SUMS = ("award_minor", "amount_minor", "paid_minor")
LARGEST_BYTES = 200_000  # a receipt has some thousand


# Checking changes nothing and knows nobody, so there is nothing to forge; and without the token there is no cookie.
@csrf_exempt
@private
def page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "public/verify.html", {"key": proofs.log_key()})
    text, problem = _given(request)
    return render(
        request,
        "public/verify.html",
        {
            "pasted": request.POST.get("receipt", "")[:LARGEST_BYTES],
            "problem": problem,
            "verdict": None if problem else _verdict(text),
            "key": proofs.log_key(),
        },
        status=422 if problem else 200,
    )


def _given(request: HttpRequest) -> tuple[str, str]:
    """(the receipt's text, what is wrong with what was sent)."""
    file = request.FILES.get("file")
    raw = file.read(LARGEST_BYTES + 1) if file else request.POST.get("receipt", "").encode()
    if not raw.strip():
        return "", _(
            "Choose a receipt file, or paste its text. "
            "A receipt has a few thousand characters; larger files are not read."
        )
    if len(raw) > LARGEST_BYTES:
        return "", _("This is too large to be a receipt.")
    try:
        # Browsers send pasted lines with CRLF; a proof is written with LF alone.
        return raw.decode().replace("\r\n", "\n"), ""
    except UnicodeDecodeError:
        return "", _("This file is not text, so it is not a receipt.")


def _verdict(text: str) -> Verdict:
    key = proofs.log_key()
    if key is None:
        return Verdict(False, _("It cannot be checked here yet"), [_("This log has published nothing.")], [])
    try:
        proven = receipt.verify(text, key)
    except ReceiptInvalid as invalid:
        sentences = [
            _("The receipt, or a part of it, does not belong to this log, or it was changed."),
            _("If it was copied, copy the whole file again. If it still fails, keep it and ask the Register."),
            _("The exact reason: %(reason)s.") % {"reason": invalid},
        ]
        return Verdict(False, _("This receipt proves nothing"), sentences, [])
    checkpoint = max((each.checkpoint for each in proven), key=lambda checkpoint: checkpoint.size)
    sentences = [
        _("Every entry below stands in the log %(log)s, which had signed for %(size)s entries.")
        % {"log": checkpoint.origin, "size": formats.count(checkpoint.size, lang())},
        _("None of them was changed since, and none can be removed without the signature giving it away."),
    ]
    return Verdict(True, _("The receipt is genuine"), sentences, [_row(each) for each in proven])


def _row(proven: Proven) -> Row:
    at = formats.moment(datetime.fromisoformat(proven.at), lang())
    said = [str(proven.content.get("claim", "")), at, _sum(proven)]
    return Row(entry_name(proven.kind), " \u00b7 ".join(part for part in said if part), proven.index)


def _sum(proven: Proven) -> str:
    """The sum of money that the entry names, if it names one."""
    content = proven.content
    minor = next((content[name] for name in SUMS if content.get(name)), 0)
    return formats.money(Money(minor, content["currency"]), lang()) if minor and "currency" in content else ""
