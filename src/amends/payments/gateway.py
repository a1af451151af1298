"""How do files reach a bank, and its answers us? Through a folder, or over HTTP.

A bank promises three things: to take a file, to say whether it knows a payment, and to list what it has sent. Nothing
is deleted at the bank by reading it, so an answer that was read and not yet applied is read again.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from amends.iso20022.credit_transfer import Debtor
from amends.refusal import Refusal

TIMEOUT_SECONDS = 300
# What of a bank's messages concerns payments; the rest of its mailbox is left alone.
KINDS = ("pain.002", "camt.053", "camt.054")


class BankUnreachable(Refusal):
    """The bank did not answer. What it has and has not got is asked before anything is sent again."""


class Bank(Protocol):
    def send(self, message_id: str, data: bytes) -> None:
        """Hands over a file. The same file again is the same message: the bank's filter for duplicates stops it."""

    def knows(self, message_id: str, end_to_end_id: str) -> bool:
        """Whether the bank has this payment of that file."""

    def messages(self) -> Iterator[bytes]:
        """Everything the bank has sent, oldest first."""


def keep(path: Path, data: bytes) -> None:
    """Writes the file whole or not at all: a reader, or a crash, never meets half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(path.suffix + ".part")
    with fresh.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


@dataclass(frozen=True)
class FolderBank:
    """Files out in `folder`/out, answers in `folder`/in: what most banks' transfer programs look after."""

    folder: Path

    def send(self, message_id: str, data: bytes) -> None:
        keep(self.folder / "out" / f"{message_id}.xml", data)

    def knows(self, message_id: str, end_to_end_id: str) -> bool:
        return (self.folder / "out" / f"{message_id}.xml").exists()

    def messages(self) -> Iterator[bytes]:
        for path in sorted((self.folder / "in").glob("*.xml")):
            yield path.read_bytes()


@dataclass
class HttpBank:
    """A bank that speaks the HTTP of mock-bank (POST /payments, a mailbox)."""

    base: str
    _read: set[int] = field(default_factory=set)

    def send(self, message_id: str, data: bytes) -> None:
        status, body = self.call("POST", "/payments", data, "application/xml")
        # 202 taken, 422 refused: both are the bank's answer, and its pain.002 says which payments and why.
        if status not in (200, 202, 422):
            raise BankUnreachable(
                f"The bank answered {status} to file {message_id}: {body[:200].decode(errors='replace')}",
                "Whether it took the file is unknown.",
                "Run the command again: it asks the bank before it sends anything twice.",
            )

    def knows(self, message_id: str, end_to_end_id: str) -> bool:
        status, _ = self.call("GET", "/_mock/payments/" + urllib.parse.quote(end_to_end_id))
        return status == 200

    def messages(self) -> Iterator[bytes]:
        self.call("GET", "/_mock/mailbox?leave&type=none")  # being asked, the bank books what is due
        _, listed = self.call_json("GET", "/_mock/messages")
        for message in listed:
            if message["id"] not in self._read and message["type"].startswith(KINDS):
                yield message["body"].encode()
                self._read.add(message["id"])

    def call(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes]:
        """Status and body; raises BankUnreachable where there is no answer at all."""
        headers = {"Content-Type": kind} if kind else {}
        request = urllib.request.Request(self.base.rstrip("/") + path, body, headers, method=method)  # noqa: S310 - the operator names the bank
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read()
        except OSError as fault:
            raise BankUnreachable(
                f"The bank at {self.base} does not answer: {fault}.",
                "What it has got is unknown until it does.",
                "Run the command again: it asks the bank before it sends anything twice.",
            ) from None

    def call_json(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = json.dumps(body).encode() if body is not None else None
        status, answer = self.call(method, path, data, "application/json" if data else "")
        return status, json.loads(answer) if answer.strip() else None


# ------------------------------------------------------------------ a bank to practise with

# The account that the fund has at the simulated bank.
SIMULATED = Debtor("Compensation fund - simulated", "NL17MOCK7000000001", "MOCKNL2A")
START_SECONDS = 60


class SimulatedBank(HttpBank):
    """mock-bank from PyPI: a bank that nobody here wrote, as a child process. It moves no money and says so by name.

    Its days pass when it is told so. It forgets nothing between runs, so an interrupted payment can be asked for; and
    its time never goes back, because a day that it has closed gets no second statement.
    """

    def __init__(self, base: str, memory: Path) -> None:
        super().__init__(base)
        self._memory = memory

    def open_account(self, *, currency: str, balance_minor: int, given_minor: int) -> None:
        """The fund's account with that balance. Where it is there already, what was given to the fund since then
        arrives on it."""
        status, known = self.call_json("GET", "/_mock/accounts/FUND")
        if status == 404:
            keep(self._memory / "given", str(given_minor).encode())
            self._create("FUND", SIMULATED.name, SIMULATED.iban, currency=currency, balance=balance_minor)
            return
        if known["currency"] != currency:
            raise Refusal(
                f"The simulated bank here holds an account in {known['currency']}, not in {currency}.",
                "It would refuse every payment.",
                "Practise with another programme in another folder: set AMENDS_HOME.",
            )
        arrived = given_minor - _number(self._memory / "given")
        if arrived > 0:
            keep(self._memory / "given", str(given_minor).encode())
            credit = {"account": "FUND", "amount": arrived, "note": "contributions - simulated"}
            self.call_json("POST", "/_mock/credits", credit)

    def close_account(self, iban: str) -> None:
        """From now on this payee's account is closed, so payments to it are rejected (AC04)."""
        self._create(iban[-12:], "closed account - simulated", iban, closed=True)

    def pass_day(self) -> None:
        # Counted before it passes: killed in between, the bank wakes up a day later, never a day earlier.
        days = self._memory / "days-passed"
        keep(days, str(_number(days) + 1).encode())
        self.call("POST", "/_mock/advance?days=1")

    def _create(self, id_: str, name: str, iban: str, **more: Any) -> None:
        account = {"id": id_, "name": name, "iban": iban, "bic": SIMULATED.bic, **more}
        status, answer = self.call_json("POST", "/_mock/accounts", account)
        if status not in (200, 201) and "already" not in str(answer):
            raise BankUnreachable(f"The simulated bank did not open account {iban}: {answer}")


@contextlib.contextmanager
def simulated_bank(folder: Path) -> Iterator[SimulatedBank]:
    """Runs the simulated bank on a free port of loopback for the length of the block; its memory lies in `folder`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = folder / "bank.log"
    its_now = datetime.now(UTC) + timedelta(days=_number(folder / "days-passed"))
    options = {
        "--port": "0", "--db": str(folder / "bank.sqlite"), "--cutoff": "23:59",
        "--clock": its_now.strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    command = [sys.executable, "-m", "mockbank", *(part for option in options.items() for part in option)]
    with log.open("wb") as words:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=words, stderr=words, preexec_fn=_end_with_parent
        )
    try:
        yield SimulatedBank(_address(process, log), folder)
    finally:
        process.terminate()
        process.wait()


def _number(file: Path) -> int:
    return int(file.read_text()) if file.exists() else 0


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens: it chooses a free port itself, and says which."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"listening on (http://[\d.]+:\d+)/", log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.02)
    raise BankUnreachable(f"The simulated bank did not start: {log.read_text(errors='replace')[-500:]}")


def _end_with_parent() -> None:
    """In the child, on Linux: SIGTERM when the program that started it is killed, so no bank is left behind."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
