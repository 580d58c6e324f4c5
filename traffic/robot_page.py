"""An agent's page without a browser: it logs in, follows the desk, and says when it has "painted" an offered record.

A robot, and called so wherever it is counted: it shows that the record is there before the answer, not that a person
could read it.  The tests in a real browser show that.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import aiohttp

_PATIENCE: Final = aiohttp.ClientTimeout(total=10)
_AGAIN_S: Final = 0.5


class RobotPage:
    """The page of `name` at `origin` (scheme, host and port).  `shown` are the offers whose record it has painted."""

    def __init__(self, origin: str, name: str, password: str) -> None:
        self.name = name
        self.shown: set[str] = set()
        self._origin = origin
        self._password = password
        self._token = ""

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Logs in and follows the desk until the block ends.  Raises aiohttp.ClientError if it is not let in."""
        # The session's cookie goes back to an address without a name, which browsers do too.
        jar = aiohttp.CookieJar(unsafe=True)
        headers = {"Origin": self._origin}
        async with aiohttp.ClientSession(self._origin, cookie_jar=jar, headers=headers, timeout=_PATIENCE) as session:
            await self._log_in(session)
            following = asyncio.create_task(self._follow(session))
            try:
                yield
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    async def _log_in(self, session: aiohttp.ClientSession) -> None:
        body = {"name": self.name, "password": self._password}
        async with session.post("/api/session", json=body, raise_for_status=True) as answer:
            self._token = (await answer.json())["token"]

    async def _follow(self, session: aiohttp.ClientSession) -> None:
        """What comes is the whole desk each time; a line that drops is taken up again."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with session.ws_connect("/api/desk", timeout=aiohttp.ClientWSTimeout(ws_close=1)) as socket:
                    async for message in socket:
                        if message.type is aiohttp.WSMsgType.TEXT:
                            await self._look(session, json.loads(message.data).get("contact"))
            await asyncio.sleep(_AGAIN_S)

    async def _look(self, session: aiohttp.ClientSession, contact: dict[str, Any] | None) -> None:
        """An offered interaction whose record stands on the page is painted; told once an offer."""
        if contact is None or contact["phase"] != "offered" or contact["offer"] in self.shown:
            return
        if (contact.get("record") or {}).get("state") != "here":
            return
        self.shown.add(contact["offer"])
        body = {"interaction": contact["interaction"], "offer": contact["offer"]}
        async with session.post("/api/shown", json=body, headers={"X-Allo-Token": self._token}):
            pass  # refused when the agent has answered meanwhile: then it was not before the answer
