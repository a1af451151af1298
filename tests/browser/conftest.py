"""The real pages over a small demo: filed, decided, paid and proven by the same commands as anybody's.

The server needs no browser; the tests that do are skipped, with the reason, where there is no Chromium.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Debian's chromium in a container: no sandbox, no graphics card, and nobody to telephone home to.
QUIETLY = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync"]  # fmt: skip
AMENDS = [sys.executable, "-c", "from amends.cli.main import main; main()"]


@dataclass(frozen=True)
class Site:
    """Where the pages are served, and what the demo told of itself."""

    address: str
    told: dict[str, Any]

    @property
    def claim(self) -> str:
        """A claim that was paid."""
        number: str = self.told["receipt"]["claim"]
        return number


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    alone = {name: value for name, value in os.environ.items() if name not in ("AMENDS_PG_SOCKET", "DATABASE_URL")}
    with tempfile.TemporaryDirectory(prefix="amends-site-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # our own fresh folder: the database's account must be able to enter it
        here = {**alone, "AMENDS_HOME": folder}
        demo = subprocess.run(
            [*AMENDS, "demo", "--claims", "400", "--json"], env=here, capture_output=True, text=True
        )
        assert demo.returncode == 0, demo.stderr
        port = str(20_000 + os.getpid() % 10_000)  # parallel workers have a site each
        server = subprocess.Popen([*AMENDS, "serve", "--port", port], env=here, stdout=subprocess.PIPE, text=True)
        assert server.stdout
        try:
            line = next(line for line in server.stdout if line.startswith("Public pages: "))
            yield Site(line.split()[2].rstrip("/"), json.loads(demo.stdout))
        finally:
            server.terminate()
            server.wait(30)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module and no longer: Playwright keeps an event loop in this thread while it drives one, and
    Django takes every test that meets the loop for asynchronous code."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        yield browser
        browser.close()
