"""Asking a tenant's CRM by HTTP whose number this is, while the caller hears the first words.

It never holds a call up: one deadline for the whole question, a breaker for a system that keeps failing, an answer
bounded in size, no redirect followed (a firewall's login page is no answer), TLS verified.  What was answered is
remembered in memory for a short while, because a page asks again for what was just found.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import Final
from urllib.parse import quote

import aiohttp
import msgspec

from core.citizen import CitizenRecord
from crm_bridge.answers import AnswerFault, Form, people
from crm_bridge.breaker import Breaker
from crm_bridge.numbers import national

SOURCE: Final = "crm"
# One person's record is a few kilobytes; a list of fifty of them fits.
ANSWER_BYTES: Final = 256 * 1024
CACHED: Final = 10_000
# Questions under way at once: a CRM that answers in 100 ms serves 160 a second.
AT_ONCE: Final = 16


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """How a tenant's CRM is asked.  `url` holds {number} (E.164) or {national}; `record_url`, if any, holds {id}.

    `token` is sent as a bearer token, if there is one.
    """

    url: str
    record_url: str = ""
    token: str = ""
    deadline_ms: int = 800
    cache_ms: int = 300_000
    form: Form = Form()

    def __repr__(self) -> str:
        return "Connector(…)"


class Away(Exception):
    """The CRM did not answer as agreed; says how, and nothing of a person."""


class LookUp:
    """One tenant's CRM.  Start it in a running loop; `seek` and `record` raise Away."""

    def __init__(self, tenant: str, connector: Connector) -> None:
        self._tenant = tenant
        self._connector = connector
        self._breaker = Breaker()
        self._session: aiohttp.ClientSession | None = None
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._found: OrderedDict[str, tuple[float, tuple[CitizenRecord, ...]]] = OrderedDict()

    async def start(self) -> None:
        headers = {"Accept": "application/json"}
        if self._connector.token:
            headers["Authorization"] = f"Bearer {self._connector.token}"
        # No cookies, and no proxy or password out of the environment: what is in the YAML is what is asked.
        self._session = aiohttp.ClientSession(
            headers=headers, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def seek(self, number: str) -> tuple[CitizenRecord, ...]:
        """Everybody whom the CRM knows by `number` (E.164)."""
        known = self._remembered(number)
        if known is None:
            url = self._connector.url.replace("{number}", quote(number, safe=""))
            known = await self._ask(url.replace("{national}", quote(national(number), safe="")))
            self._remember(number, known)
            for record in known:
                self._remember(record.id, (record,))
        return known

    async def record(self, name: str) -> CitizenRecord | None:
        """The record of this name; None if the CRM has none (any more), or cannot be asked for one."""
        known = self._remembered(name)
        if known is None and self._connector.record_url:
            bare = name.removeprefix(f"{SOURCE}:")
            known = await self._ask(self._connector.record_url.replace("{id}", quote(bare, safe="")))
            self._remember(name, known)
        return known[0] if known else None

    async def _ask(self, url: str) -> tuple[CitizenRecord, ...]:
        if self._session is None:
            raise Away("not started")
        if not self._breaker.allows(_now_ms()):
            raise Away("left alone after several failures")
        try:
            async with asyncio.timeout(self._connector.deadline_ms / 1000), self._at_once:
                found = await self._get(self._session, url)
        except TimeoutError:
            self._breaker.failed(_now_ms())
            raise Away(f"no answer within {self._connector.deadline_ms} ms") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self._breaker.failed(_now_ms())
            # Not the error's own words: they hold the address that was asked, and that holds the number.
            told = str(error) if isinstance(error, AnswerFault) else type(error).__name__
            raise Away(told) from None
        except BaseException:
            self._breaker.failed(_now_ms())
            raise
        self._breaker.succeeded()
        return found

    async def _get(self, session: aiohttp.ClientSession, url: str) -> tuple[CitizenRecord, ...]:
        async with session.get(url, allow_redirects=False) as response:
            if response.status == 404:
                return ()
            if response.status != 200:
                raise AnswerFault(f"status {response.status}")
            if not response.content_type.endswith("json"):
                raise AnswerFault(f"{response.content_type} instead of JSON")
            body = await _read(response)
        return people(body, self._connector.form, self._tenant, SOURCE, time.time_ns() // 1_000_000)

    def _remembered(self, key: str) -> tuple[CitizenRecord, ...] | None:
        entry = self._found.get(key)
        if entry is None or entry[0] < time.monotonic():
            self._found.pop(key, None)
            return None
        return entry[1]

    def _remember(self, key: str, records: tuple[CitizenRecord, ...]) -> None:
        self._found[key] = (time.monotonic() + self._connector.cache_ms / 1000, records)
        self._found.move_to_end(key)
        while len(self._found) > CACHED:
            self._found.popitem(last=False)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(16_384):
        body += chunk
        if len(body) > ANSWER_BYTES:
            response.close()
            raise AnswerFault(f"more than {ANSWER_BYTES} bytes")
    return bytes(body)


def _now_ms() -> int:
    return int(time.monotonic() * 1000)
