"""Real pages in a real Chromium, headless, with nothing of its own to load from elsewhere.

`chromium` is one a test process; each test has a context of its own in it (cookies, storage, pages), which no other
sees; `page_of` opens a page for somebody, logged in.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright

from tests.softphone_ui.house import PASSWORD, House, with_directory

# Without these Chromium asks hosts of its maker's at every start.
FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that nobody looks at keeps its pace.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)
STARTED_S: Final = 60.0

PageOf = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a Chromium that runs as long as this test process is told what to do."""
    command = os.environ.get("ALLO_CHROMIUM")
    if not command:
        why = os.environ.get("ALLO_CHROMIUM_WHY") or "ALLO_CHROMIUM is not set: run these by ./allo test"
        if os.environ.get("CI"):
            pytest.fail(why)  # pages that nobody has looked at are not green
        pytest.skip(why)
    profile = tmp_path_factory.mktemp("chromium")
    words = [*shlex.split(command), *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    with (profile / "said").open("wb") as said, subprocess.Popen(words, stdout=said, stderr=said) as process:
        try:
            yield f"http://127.0.0.1:{_port(profile, process)}"
        finally:
            process.terminate()


def _port(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """The port on loopback that it chose, once it listens there."""
    until = time.monotonic() + STARTED_S
    while not (lines := _lines(profile / "DevToolsActivePort")):
        said = (profile / "said").read_text(errors="replace")
        assert process.poll() is None and time.monotonic() < until, f"Chromium does not start: {said}"  # noqa: PT018
        time.sleep(0.02)
    return lines[0]


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "house", with_directory())
    await house.start()
    yield house
    await house.stop()


@pytest.fixture
async def context(chromium: str) -> AsyncIterator[BrowserContext]:
    """Somebody's Chromium, with nothing from before."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(chromium)
        context = await browser.new_context(viewport={"width": 1280, "height": 860}, locale="fr-FR")
        yield context
        await context.close()


@pytest.fixture
async def page_of(house: House, context: BrowserContext) -> AsyncIterator[PageOf]:
    """`await page_of("alice")`: their page, logged in by the form; the test fails on any error of a script."""
    errors: list[str] = []

    async def open_page(name: str, origin: str = "", password: str = PASSWORD) -> Page:
        page: Any = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if _is_fault(said) else None)
        await page.goto(origin or house.origin)
        await page.get_by_label("Votre nom d’agent").fill(name)
        await page.get_by_label("Votre mot de passe").fill(password)
        await page.get_by_role("button", name="Entrer").click()
        await page.locator("header.bar").wait_for()
        return page  # type: ignore[no-any-return]

    yield open_page
    assert errors == []


def _is_fault(said: Any) -> bool:
    """What the browser itself notes of a refusal (401 before the log-in) or of a line that is cut is meant."""
    meant = ("status of 4", "net::ERR_", "WebSocket connection to")
    return said.type == "error" and not any(words in said.text for words in meant)
