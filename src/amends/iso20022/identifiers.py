"""Which ids does a payment carry through every bank, and how is a mistyped one noticed?"""

from __future__ import annotations

from stdnum.iso7064 import mod_37_36

LONGEST = 35


def end_to_end_id(claim: str, *, phase: int, round_number: int, attempt: int) -> str:
    """The id of one attempt to pay one claim in one round: always the same, so a retry cannot become a second
    payment. Ends in a check character of ISO 7064 MOD 37,36. Raises ValueError where it would be too long."""
    body = "".join(letter for letter in claim.upper() if letter.isascii() and letter.isalnum())
    body += f"P{phase}R{round_number}A{attempt}"
    made = body + mod_37_36.calc_check_digit(body)
    if len(made) > LONGEST:
        raise ValueError(f"{made} has more than {LONGEST} characters, which is all that banks carry")
    return made


def is_end_to_end_id(text: str) -> bool:
    return len(text) <= LONGEST and bool(mod_37_36.is_valid(text))


def message_id(batch_sha256: str) -> str:
    """The id of a file: the first 35 characters of its orders' hash. The same orders are the same message, so a
    bank's own filter for duplicates stops a file that is sent twice."""
    return batch_sha256[:LONGEST]
