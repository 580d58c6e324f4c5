"""Real pages in a real Chromium, headless, with nothing of its own to load from elsewhere.

`browser` is one Chromium a test process; `page_of` opens a page for somebody, logged in.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
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
)

PageOf = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that is Chromium; its command line may have several words."""
    command = os.environ.get("ALLO_CHROMIUM")
    if not command:
        why = os.environ.get("ALLO_CHROMIUM_WHY") or "ALLO_CHROMIUM is not set: run these by ./allo test"
        if os.environ.get("CI"):
            pytest.fail(why)  # pages that nobody has looked at are not green
        pytest.skip(why)
    program = tmp_path_factory.mktemp("chromium") / "chromium"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(shlex.split(command))} "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "house", with_directory())
    await house.start()
    yield house
    await house.stop()


@pytest.fixture
async def context(chromium: Path, tmp_path: Path) -> AsyncIterator[BrowserContext]:
    """A Chromium with a profile of its own."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium,
            headless=False,  # --headless=new is among the flags
            args=list(FLAGS),
            viewport={"width": 1280, "height": 860},
            locale="fr-FR",
        )
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
