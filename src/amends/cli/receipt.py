"""`amends receipt`: what a claimant takes home, to be verified without us."""

from __future__ import annotations

from pathlib import Path

import click

from amends.cli.output import json_option, show
from amends.cli.session import database
from amends.refusal import Refusal


@click.command("receipt")
@click.argument("claim")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), show_default="this folder",
    help="Folder for the receipts; made if missing.",
)  # fmt: skip
@json_option
def command(claim: str, out: Path, as_json: bool) -> None:
    """Write the receipts of CLAIM (its reference number): one file for each thing that happened to it.

    A receipt is a C2SP tlog-proof. It verifies without this program's database, and holds no personal data but the
    claim's number.

    \b
    Example:
      amends receipt UA-7K3F-9QXA-2M4P-C --out receipts
      amends verify receipts/*.tlog-proof
    """
    with database():
        from amends.claims import queries as claims
        from amends.proofs.queries import log_key, receipts

        found = claims.claim(claim)
        if found is None:
            raise Refusal(
                f"No claim has the reference {claim}.",
                "A receipt can be given only for a claim that was filed.",
                "Check the reference on the acknowledgement.",
            )
        written = []
        out.mkdir(parents=True, exist_ok=True)
        for order, (logged, text) in enumerate(receipts(found.id), 1):
            path = out / f"{found.number}-{order}-{logged.kind}.tlog-proof"
            path.write_text(text, encoding="utf-8")
            written.append(
                {"file": str(path), "kind": logged.kind, "at": logged.at.isoformat(), "index": logged.index}
            )
        key = log_key()
    if not written or key is None:
        raise Refusal(
            f"Nothing about claim {found.number} is in the published log yet.",
            "Entries are published shortly after they are made.",
            "Try again in a minute.",
        )
    words = [f"{receipt['kind']:<20} {receipt['file']}" for receipt in written]
    show(
        {"claim": found.number, "receipts": written, "key": key.text},
        "\n".join(
            [*words, "", f"Verify anywhere with the log's public key:\n  amends verify FILE --key '{key.text}'"]
        ),
        as_json=as_json,
    )
