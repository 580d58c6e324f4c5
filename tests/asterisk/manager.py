"""Asterisk's own word, by a manager connection that has nothing to do with Allo's."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Self

from tests.asterisk.ground import AMI_PORT, Site
from tests.asterisk.watch import PATIENCE_S

Row = dict[str, str]


class Manager:
    """One login.  `rows` asks a list, `events` collects what Asterisk says meanwhile."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._count = 0
        self.events: list[Row] = []

    @classmethod
    async def open(cls, site: Site, *, events: bool = False) -> Self:
        """Logs in with the secret of the site's centre."""
        reader, writer = await asyncio.open_connection(site.host, AMI_PORT)
        await reader.readline()
        manager = cls(reader, writer)
        secret = json.loads((site.run / "secrets.json").read_text())["ami"]
        await manager.rows("Login", Username="allo", Secret=secret, Events="on" if events else "off")
        return manager

    async def rows(self, action: str, **fields: str) -> list[Row]:
        """The rows of a list action, or the one answer."""
        self._count += 1
        identity = f"test-{self._count}"
        lines = [f"Action: {action}", f"ActionID: {identity}", *(f"{name}: {value}" for name, value in fields.items())]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())
        rows: list[Row] = []
        async with asyncio.timeout(PATIENCE_S):
            while True:
                row = await self._message()
                if row.get("ActionID") != identity:
                    self.events.append(row)
                elif "Response" in row and row.get("EventList") != "start":
                    return [row]
                elif row.get("EventList") == "Complete":
                    return rows
                elif "Event" in row:
                    rows.append(row)

    async def _message(self) -> Row:
        row: Row = {}
        while (line := (await self._reader.readline()).decode("utf-8", "replace").rstrip("\r\n")) or not row:
            name, colon, value = line.partition(": ")
            if colon:
                row[name] = value
            elif not line and self._reader.at_eof():
                raise ConnectionError("Asterisk closed the connection")
        return row

    def close(self) -> None:
        self._writer.close()


@contextlib.asynccontextmanager
async def manager(site: Site) -> AsyncIterator[Manager]:
    """A login for a moment."""
    login = await Manager.open(site)
    try:
        yield login
    finally:
        login.close()


async def channels(site: Site) -> list[Row]:
    """Every channel that Asterisk has."""
    async with manager(site) as login:
        return await login.rows("CoreShowChannels")


async def no_channel_left(site: Site, within_s: float = PATIENCE_S) -> None:
    """Waits until Asterisk has no channel at all; AssertionError naming those that stay."""
    async with manager(site) as login:
        left: list[Row] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while left := await login.rows("CoreShowChannels"):  # noqa: ASYNC110  # Asterisk tells only when asked
                    await asyncio.sleep(0.02)
        names = [f"{row.get('Channel')} in {row.get('Application')}" for row in left]
        assert not left, f"channels left in Asterisk: {names}"
