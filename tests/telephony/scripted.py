"""A small Asterisk made of text: speaks AMI as told by a test, badly if need be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from telephony.link import AmiAddress
from telephony.wire import parse

Answer = Callable[[dict[str, str]], bytes | None]
"""What to send for an action; None: nothing."""

SECRET = "s3cret"


def ami(*lines: str) -> bytes:
    """One message."""
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def success(action: dict[str, str]) -> bytes:
    return ami("Response: Success", f"ActionID: {action['ActionID']}", "Message: done")


class ScriptedAmi:
    """Listens on a free port.  `actions` are all that ever came, in order; `logins` counts the good ones.

    `deaf` reads and answers nothing more, as a half-open link; `answers` replaces the answer to an action by its name.
    """

    def __init__(self) -> None:
        self.actions: list[dict[str, str]] = []
        self.answers: dict[str, Answer] = {}
        self.booted = True
        self.deaf = False
        self.connections = 0
        self._news = asyncio.Condition()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self.close()

    async def listen(self) -> None:
        """Takes connections (again, on the port it had)."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Takes no more connections."""
        if self._server is not None:
            self._server.close()

    def cut(self) -> None:
        """Ends every connection abruptly."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def address(self, secret: str = SECRET) -> AmiAddress:
        return AmiAddress("127.0.0.1", self._port, "allo", secret)

    @property
    def logins(self) -> int:
        return sum(action["Action"] == "Login" and action["Secret"] == SECRET for action in self.actions)

    def named(self, name: str) -> list[dict[str, str]]:
        return [action for action in self.actions if action["Action"] == name]

    async def heard(self, name: str, times: int = 1) -> dict[str, str]:
        """Waits until an action of this name has come so often, and gives the last."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: len(self.named(name)) >= times)
        return self.named(name)[-1]

    async def say(self, data: bytes) -> None:
        """Sends bytes as they are, in a segment of their own as far as TCP allows."""
        for writer in self._writers:
            writer.write(data)
            await writer.drain()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        try:
            while True:
                block = (await reader.readuntil(b"\r\n\r\n")).decode()
                if self.deaf:
                    continue
                action = parse(block)
                async with self._news:
                    self.actions.append(action)
                    self._news.notify_all()
                answer = self.answers.get(action["Action"], self._usual)(action)
                if answer is not None:
                    writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _usual(self, action: dict[str, str]) -> bytes:
        if action["Action"] != "Login":
            return success(action)
        if action["Secret"] != SECRET:
            return ami("Response: Error", f"ActionID: {action['ActionID']}", "Message: Authentication failed")
        return success(action) + (ami("Event: FullyBooted", "Status: Fully Booted") if self.booted else b"")
