#!/usr/bin/env python3
"""The door: makes .venv from a hash-locked file, then runs what you ask for. Needs Python 3.11 and nothing else.

  python3 run.py demo    the whole mechanism, from 86,000 claims to a proven payment, then the pages
  python3 run.py test    the test suite
  python3 run.py check   style, types, layers (what a change must pass beside the tests)
  python3 run.py serve   the pages, on what the last demo left
  python3 run.py bench   the benchmarks, each as a ratio to something run side by side
  python3 run.py lock    write the hash-locked files anew from requirements/*.in (needs uv)

Whatever follows the word is passed on: `python3 run.py demo --claims 5000 --no-serve`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("AMENDS_VENV", ROOT / ".venv"))
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
NEEDS_TEST_TOOLS = {"test", "check", "bench"}
BENCHMARKS = ("mass_decision.py", "log_writing.py", "intake.py", "allocation.py")


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):
        return complain(f"Amends needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    word, *rest = arguments or ["help"]
    if word == "lock":
        return lock()
    commands = {
        "demo": [["-m", "amends.cli.main", "demo", *rest]],
        "serve": [["-m", "amends.cli.main", "serve", *rest]],
        "test": [["-m", "pytest", "-n", "2", "--dist", "loadgroup", *rest]],
        "check": [
            ["-m", "ruff", "format", "--check", "."],
            ["-m", "ruff", "check", "."],
            ["-m", "mypy"],
            ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
        ],
        "bench": [[str(Path("benchmarks") / name), *rest] for name in BENCHMARKS],
    }
    if word not in commands:
        print(__doc__)
        return 0 if word in ("help", "-h", "--help") else 2
    problem = install("test" if word in NEEDS_TEST_TOOLS else "runtime")
    if problem:
        return complain(problem)
    worst = 0
    for command in commands[word]:
        worst = max(worst, run([PYTHON, *command]))
    return worst


def install(kind: str) -> str | None:
    """Bring .venv up to requirements/`kind`.txt; None, or the problem in words."""
    # The test tools include everything that runs, so they serve for the demo too.
    if any(_reads(_mark(k)) == _wanted(k) for k in {kind, "test"}):
        return None
    uv = shutil.which("uv")
    print(f"Installing what is needed into {VENV} ({'uv' if uv else 'pip'}); this happens once.", flush=True)
    try:
        if uv and not PYTHON.exists():
            subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, VENV], check=True)
        elif not PYTHON.exists():
            venv.EnvBuilder(with_pip=True, clear=VENV.exists()).create(VENV)
        elif not uv and not any(VENV.glob("lib*/python*/site-packages/pip")):  # uv made it, and is gone
            subprocess.run([PYTHON, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
        tool = [uv, "pip", "install", "--quiet", "--python", PYTHON] if uv else [PYTHON, "-m", "pip", "install", "-q"]
        subprocess.run([*tool, "--require-hashes", "-r", _locked(kind)], check=True)
        # setuptools is in the locked file, so nothing unlocked is fetched to build our own package.
        subprocess.run([*tool, "--no-deps", "--no-build-isolation", "-e", ROOT], check=True)
    except (subprocess.CalledProcessError, OSError) as failure:
        return (
            f"The installation into {VENV} stopped: {failure}\n"
            "If Python's venv module is missing (Debian, Ubuntu): apt-get install -y python3-venv. If the network\n"
            "was away or the disk full: run the same command again, it goes on where it stopped."
        )
    _mark(kind).write_text(_wanted(kind))
    return None


def _locked(kind: str) -> Path:
    return ROOT / "requirements" / f"{kind}.txt"


def _mark(kind: str) -> Path:
    return VENV / f"installed-{kind}"


def _wanted(kind: str) -> str:
    return f"{hashlib.sha256(_locked(kind).read_bytes()).hexdigest()} {ROOT}"


def _reads(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def lock() -> int:
    uv = shutil.which("uv")
    if uv is None:
        return complain("Locking needs uv (pip install uv).")
    flags = ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet", "--no-header"]
    runtime, test = "requirements/runtime", "requirements/test"
    return run([uv, "pip", "compile", *flags, f"{runtime}.in", "-o", f"{runtime}.txt"]) or run(
        [uv, "pip", "compile", *flags, f"{runtime}.in", f"{test}.in", "-c", f"{runtime}.txt", "-o", f"{test}.txt"]
    )


def run(command: list[object]) -> int:
    """Run to the end in the repository; Ctrl-C goes to the command, which stops in order."""
    process = subprocess.Popen([str(part) for part in command], cwd=ROOT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def complain(words: str) -> int:
    print(words, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
