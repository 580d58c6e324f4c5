"""A UDP relay that loses datagrams on purpose."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import cast

Peer = tuple[str, int]


def kind(datagram: bytes) -> str:
    """``INVITE``, ``200 INVITE``…: the method, with the status of a response before it."""
    first, *lines = datagram.decode("utf-8", "replace").split("\r\n")
    if not first.startswith("SIP/2.0"):
        return first.split(" ")[0]
    cseq = next(line for line in lines if line.lower().startswith("cseq"))
    return f"{first.split(' ')[1]} {cseq.split()[-1]}"


class Relay(asyncio.DatagramProtocol):
    """Stands between one client and a server; ``seen`` counts by `kind`, dropped ones too.

    ``loses`` is asked for each datagram with its kind and how many of it came before.
    """

    def __init__(self, server: Peer, loses: Callable[[str, int], bool]) -> None:
        self.seen: Counter[str] = Counter()
        self._server = server
        self._client: Peer | None = None
        self._loses = loses
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def address(self) -> Peer:
        assert self._transport is not None
        return cast(Peer, self._transport.get_extra_info("sockname"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Peer) -> None:
        assert self._transport is not None
        name = kind(data)
        before, self.seen[name] = self.seen[name], self.seen[name] + 1
        if addr != self._server:
            self._client = addr
        if not self._loses(name, before):
            target = self._server if addr != self._server else self._client
            if target is not None:
                self._transport.sendto(data, target)

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


@contextlib.asynccontextmanager
async def relay_to(server: Peer, loses: Callable[[str, int], bool]) -> AsyncIterator[Relay]:
    loop = asyncio.get_running_loop()
    _, relay = await loop.create_datagram_endpoint(lambda: Relay(server, loses), local_addr=("127.0.0.1", 0))
    try:
        yield relay
    finally:
        relay.close()
