"""Two clients that nobody here wrote accept our logs and receipts, and refuse damaged ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amends.journal.canonical import canonical, commitment
from amends.journal.statement import private_leaf, statement_of
from amends.proofs.receipt import make
from amends.tlog.log import Log
from amends.tlog.note import Signer
from amends.tlog.reader import Tree
from amends.tlog.store import Folder

HERE = Path(__file__).parent
ALICE, MALLORY = Signer.generate("example.org/log"), Signer.generate("example.org/log")
SIZES = (1, 2, 7, 255, 256, 257, 65_537)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SAID = canonical({"claim": "UA-1", "name": "Київ"})
PRIVATE = statement_of(kind="claim.decided", by="board", at=NOON, public=False)(SAID)
PUBLIC = statement_of(kind="round.allocated", by="board", at=NOON, public=True)(SAID)
KEY = bytes(range(32))


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of each size, grown in two steps, each with receipts for its first and its last entry."""
    home = tmp_path_factory.mktemp("logs")
    for size in SIZES:
        folder = home / str(size)
        entries = [b"entry %d" % number for number in range(size)]
        entries[0] = PUBLIC.encode()
        entries[-1] = private_leaf(commitment(KEY, PRIVATE))
        log = Log(folder, ALICE)
        log.extend(entries[: size // 2])
        log.extend(entries[size // 2 :])
        tree = Tree(Folder(folder), size)
        for index, statement, key in ((0, PUBLIC, None), (size - 1, PRIVATE, KEY))[-size:]:
            receipt = make(statement=statement, key=key, index=index, path=tree.inclusion_path(index), note=log.note)
            (home / f"{size}-{'public' if key is None else 'private'}").write_text(receipt, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    if not shutil.which("go") or not Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("Debian's golang-go and golang-golang-x-mod-dev are not installed")
    folder = tmp_path_factory.mktemp("go")
    environment = {
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(folder / "cache"),
    }
    subprocess.run(
        ["go", "build", "-o", str(folder / "verify_log"), str(HERE / "go/verify_log.go")],
        env=os.environ | environment, check=True,
    )  # fmt: skip
    return [str(folder / "verify_log")]


@pytest.fixture(scope="module")
def aics(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    python = next(filter(is_new_enough, [sys.executable, "python3.13", "python3.12", *pyenv()]), None)
    if python is None:
        pytest.skip("aics-tlog needs Python 3.12 or newer")
    folder = tmp_path_factory.mktemp("aics")
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin/pip"), "-q", "--disable-pip-version-check", "install", "aics-tlog==0.2.1"]
    if subprocess.run(pip, capture_output=True).returncode:
        pytest.skip("aics-tlog cannot be installed from PyPI here")
    return [str(folder / "bin/python"), str(HERE / "aics_verify.py")]


def pyenv() -> list[str]:
    return sorted(str(path) for path in Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python3"))


def is_new_enough(python: str) -> bool:
    question = "import sys; sys.exit(sys.version_info < (3, 12))"
    try:
        return subprocess.run([python, "-c", question], capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.fixture(params=["go", "aics"])
def client(request: pytest.FixtureRequest) -> list[str]:
    command: list[str] = request.getfixturevalue(request.param)
    return command


def verdict(client: list[str], folder: Path, *receipts: Path, key: str = ALICE.verifier.text) -> str | None:
    """What the client prints if it agrees; None if it does not."""
    done = subprocess.run([*client, str(folder), key, *map(str, receipts)], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


@pytest.mark.parametrize("size", SIZES)
def test_a_stranger_recomputes_the_log_and_accepts_its_receipts(logs: Path, client: list[str], size: int) -> None:
    receipts = sorted(logs.glob(f"{size}-*"))
    said = verdict(client, logs / str(size), *receipts)
    assert said is not None
    assert f"{size} entries" in said
    assert said.count("receipt holds") == len(receipts)


def test_a_stranger_refuses_a_log_of_another_key(logs: Path, client: list[str]) -> None:
    assert verdict(client, logs / "257", key=MALLORY.verifier.text) is None


@pytest.mark.parametrize("file", ["tile/entries/000", "tile/0/000", "tile/1/000.p/1", "checkpoint"])
def test_a_stranger_refuses_a_damaged_log(logs: Path, tmp_path: Path, client: list[str], file: str) -> None:
    folder = tmp_path / "log"
    shutil.copytree(logs / "257", folder)
    data = (folder / file).read_bytes()
    (folder / file).write_bytes(data[:9] + bytes([data[9] ^ 1]) + data[10:])
    assert verdict(client, folder) is None


def test_a_stranger_refuses_a_damaged_receipt(logs: Path, tmp_path: Path, client: list[str]) -> None:
    damaged = tmp_path / "receipt"
    damaged.write_text((logs / "257-private").read_text().replace("index 256", "index 255"))
    assert verdict(client, logs / "257", damaged) is None


def test_the_command_for_people_runs_both(logs: Path, go: list[str], aics: list[str]) -> None:
    command = [HERE / "verify_log.sh", logs / "257", logs / "257/key.pub", logs / "257-private"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.count("receipt holds: claim.decided, entry 256 of 257") == 2
