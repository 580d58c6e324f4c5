"""What stands around the demo's centre: citizens whom the records know, a system that is told, pages that are open.

The pages are robots (traffic/robot_page.py) and are counted as such: nobody sits before them.  Whoever logs in by a
browser with the password that the demo prints sees the same.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from core import events as e
from core.step import Step
from crm_bridge.importing import import_file
from runtime.accounts import make_passwords
from runtime.crm import open_store
from runtime.places import Places
from runtime.platform import Platform
from runtime.settings import Loaded, Settings, Telephony
from runtime.settings.crm import RecordsSettings, WebhookSettings
from runtime.settings.hours import always_open
from softphone_ui.passwords import Passwords, made_up
from traffic.receiver import Receiver
from traffic.robot_page import RobotPage

# On this very machine: an OPTIONS every other second disturbs nobody.
QUALIFY_MS: Final = 2_000
RECORDS: Final = Path("demonstration") / "records.db"
SECRET: Final = "ALLO_DEMO_WEBHOOK"
ENDPOINT: Final = "demonstration"
ENDS: Final = ("interaction.ended", "interaction.abandoned", "interaction.lost")
# What is still on its way when the last call has ended is delivered within this.
LAST_DELIVERY_S: Final = 10.0


class Town:
    """Entered, it gives the centre as the demo runs it; `fold` every step; then `before_answer` and `delivered`."""

    def __init__(self, loaded: Loaded, places: Places) -> None:
        self._places = places
        self._before = loaded
        self._secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self._receiver = Receiver(self._secret)
        self._around = contextlib.AsyncExitStack()
        self._shown: set[str] = set()
        self._found: set[str] = set()
        self._ended = 0
        self._discreet = {service.name for service in loaded.centre.services.values() if service.discreet}
        self._silent: set[str] = set()
        self.before_answer = 0

    async def __aenter__(self) -> Loaded:
        """The citizens are known, the receiver listens: the centre as it may start now."""
        url = await self._around.enter_async_context(self._receiver.listening("127.0.0.1"))
        os.environ[SECRET] = self._secret
        settings = self._before.settings
        told = WebhookSettings(url=url, secret_env=SECRET)
        settings = msgspec.structs.replace(
            settings,
            telephony=_looked_at_often(settings.telephony),
            records=_own_records(settings),
            webhooks=msgspec.structs.replace(settings.webhooks, endpoints={ENDPOINT: told}),
        )
        loaded = always_open(msgspec.structs.replace(self._before, settings=settings))
        await asyncio.to_thread(self._import, loaded)
        return loaded

    async def __aexit__(self, *_error: object) -> None:
        await self._around.aclose()

    def _import(self, loaded: Loaded) -> None:
        """The citizens of records/exemple_<tenant>.csv, if the configuration has any."""
        self._places.under(RECORDS).parent.mkdir(parents=True, exist_ok=True)
        store = open_store(loaded.settings.records, self._places)
        try:
            for tenant in loaded.centre.tenants:
                file = loaded.settings.root / "records" / f"exemple_{tenant}.csv"
                if file.exists():
                    import_file(store, file, tenant, time.time_ns() // 1_000_000)
        finally:
            store.close()

    @contextlib.asynccontextmanager
    async def pages(self, platform: Platform) -> AsyncIterator[None]:
        """A robot's page for every agent, open until the block ends."""
        where = platform.loaded.settings.pages
        async with contextlib.AsyncExitStack() as open_pages:
            if where is not None:
                passwords = make_passwords(platform.loaded.settings.journal, self._places)
                people = [agent for agent in platform.loaded.centre.agents.values() if agent.role != "administrator"]
                made = {agent.name: made_up() for agent in people}
                await asyncio.to_thread(_set_all, passwords, made)
                for name, password in made.items():
                    with contextlib.suppress(aiohttp.ClientError):
                        page = RobotPage(min(where.origins), name, password)
                        await open_pages.enter_async_context(page.open())
            yield

    def fold(self, step: Step) -> None:
        """Notes whose record was painted before the answer, and of whom the receiver will be told."""
        for fact in (step.input, *step.facts):
            if isinstance(fact, e.CitizenFound) and fact.how == "one":
                self._found.add(fact.interaction)
            elif isinstance(fact, e.RecordShown) and fact.interaction in self._found:
                self._shown.add(fact.offer)
            elif isinstance(fact, e.OfferAnswered) and fact.offer in self._shown:
                self.before_answer += 1
            elif isinstance(fact, e.DialogueStarted) and fact.service in self._discreet:
                self._silent.add(fact.interaction)
            elif isinstance(fact, e.InteractionEnded) and fact.interaction not in self._silent:
                self._ended += 1

    async def all_told(self) -> None:
        """Waits until the receiver has heard the end of every interaction, for a moment at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_DELIVERY_S):
                while sum(told.type in ENDS for told in self._receiver.taken) < self._ended:
                    self._receiver.news.clear()
                    await self._receiver.news.wait()

    @property
    def delivered(self) -> int:
        """Webhooks that the receiver believed, each counted once."""
        return len(self._receiver.taken)


def _set_all(passwords: Passwords, made: dict[str, str]) -> None:
    for name, password in made.items():
        passwords.set(name, password)


def _own_records(settings: Settings) -> RecordsSettings:
    """Of the demonstration alone: a file, or a schema of its own where the journal is."""
    journal = settings.journal
    if journal.url:
        return msgspec.structs.replace(settings.records, url=journal.url, secret_env=journal.secret_env)
    return msgspec.structs.replace(settings.records, path=RECORDS, url="")


def _looked_at_often(telephony: Telephony) -> Telephony:
    """The operator that we play begins with the crowd, after Asterisk: without this the line counts as lost until then.

    Lines that lead elsewhere are asked as often as they say.
    """
    trunks = {
        name: msgspec.structs.replace(trunk, qualify_ms=QUALIFY_MS)
        if any(proxy.partition(":")[0] == telephony.sip.bind for proxy in trunk.proxies)
        else trunk
        for name, trunk in telephony.trunks.items()
    }
    return msgspec.structs.replace(telephony, trunks=trunks)
