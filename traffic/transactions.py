"""SIP over UDP (RFC 3261 §17): what is lost is sent again, what comes twice is done once.

`Wire` owns the socket.  An outgoing request is an `Asking`: sent again at T1, 2·T1, … until
somebody answers or 64·T1 have passed.  An incoming one is a `Serving`: the last response is
sent again whenever the request is, and a final response to INVITE until its ACK comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from traffic.errors import BadMessage, TooLong
from traffic.sip import Message, Request, Response, build, parse, response_to

Peer = tuple[str, int]
"""Host and port of the other side."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The timers of RFC 3261 §17, in seconds.  Tests make ``t1_s`` small."""

    t1_s: float = 0.5
    t2_s: float = 4.0

    @property
    def give_up_s(self) -> float:
        """How long one side insists before it holds the other for gone: 64·T1."""
        return 64 * self.t1_s


@dataclass(slots=True)
class _Repeater:
    """Calls ``again`` at T1, 2·T1, 4·T1, … (at most ``longest_s`` apart), ``gave_up`` at the end."""

    timing: Timing
    again: Callable[[], None]
    gave_up: Callable[[], None]
    longest_s: float
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)
    _end: asyncio.TimerHandle | None = field(default=None, init=False)

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._end = loop.call_later(self.timing.give_up_s, self._finish)
        self._timer = loop.call_later(self.timing.t1_s, self._repeat, self.timing.t1_s)

    def _repeat(self, waited_s: float) -> None:
        self.again()
        next_s = min(2 * waited_s, self.longest_s)
        self._timer = asyncio.get_running_loop().call_later(next_s, self._repeat, next_s)

    def _finish(self) -> None:
        self.stop()
        self.gave_up()

    def stop(self) -> None:
        for timer in (self._timer, self._end):
            if timer is not None:
                timer.cancel()
        self._timer = self._end = None


class Asking:
    """A request of ours and what becomes of it.

    ``heard`` is called with each new response, and with None once if nobody answers at all.
    For INVITE every 2xx is passed on, repeated ones too: acknowledging them is the call's task;
    other final responses are acknowledged here.
    """

    def __init__(self, wire: Wire, request: Request, peer: Peer, heard: Callable[[Response | None], None]) -> None:
        self.request = request
        self._wire = wire
        self._peer = peer
        self._heard = heard
        self._final = False
        self._ack: Request | None = None
        longest_s = wire.timing.give_up_s if request.method == "INVITE" else wire.timing.t2_s
        self._repeater = _Repeater(wire.timing, self._send, self._nobody, longest_s)
        self._send()
        self._repeater.start()

    def _send(self) -> None:
        self._wire.send(self.request, self._peer)

    def _nobody(self) -> None:
        self._wire.forget_asking(self)
        self._heard(None)

    def abandon(self) -> None:
        """Stop repeating and listening."""
        self._repeater.stop()
        self._wire.forget_asking(self)

    def take(self, response: Response) -> None:
        """A response to this request has come."""
        invite = self.request.method == "INVITE"
        if response.status < 200:
            if invite:  # now the person decides how long it rings
                self._repeater.stop()
            if not self._final:
                self._heard(response)
            return
        if invite and response.status >= 300:
            self._ack = self._ack or ack_refusal(self.request, response)
            self._wire.send(self._ack, self._peer)
        first, self._final = not self._final, True
        if first:
            self._repeater.stop()
            # Remembered for a while: the peer repeats its answer until it has our ACK.
            self._wire.later(self._wire.timing.give_up_s, lambda: self._wire.forget_asking(self))
        if first or (invite and response.status < 300):
            self._heard(response)


def ack_refusal(invite: Request, response: Response) -> Request:
    """The ACK of a final response other than 2xx: part of the INVITE's transaction (§17.1.1.3)."""
    headers = [("Via", invite.header("Via")), ("Max-Forwards", "70")]
    headers += [("Route", route) for route in invite.all("Route")]
    headers += [("From", invite.header("From")), ("To", response.header("To"))]
    headers += [("Call-ID", invite.call_id), ("CSeq", f"{invite.cseq[0]} ACK")]
    return Request(method="ACK", uri=invite.uri, headers=tuple(headers))


class Serving:
    """A request of the peer's and the last response that we gave it."""

    def __init__(self, wire: Wire, request: Request, peer: Peer) -> None:
        self.request = request
        self.peer = peer
        self.response: Response | None = None
        self._wire = wire
        self._repeater: _Repeater | None = None

    def respond(self, response: Response, *, unacknowledged: Callable[[], None] = lambda: None) -> None:
        """Send a response.  A final one to INVITE is repeated until `acknowledge` is called;
        ``unacknowledged`` is called if that never comes."""
        self.response = response
        self.repeat()
        if response.status < 200:
            return
        self._wire.forget_serving(self)
        if self.request.method == "INVITE":
            timing = self._wire.timing
            self._repeater = _Repeater(timing, self.repeat, unacknowledged, timing.t2_s)
            self._repeater.start()

    def repeat(self) -> None:
        """Send the last response again, if there was one."""
        if self.response is not None:
            self._wire.send(self.response, self.peer)

    def acknowledge(self) -> None:
        """The ACK has come: stop repeating."""
        if self._repeater is not None:
            self._repeater.stop()
            self._repeater = None


class Wire(asyncio.DatagramProtocol):
    """A UDP socket that speaks SIP.  Open with `Wire.open`; ``local`` is its host and port.

    ``on_request`` gets every new request but ACKs of refusals; ACKs of 2xx come through it too
    and are not to be answered.  ``unreadable`` counts datagrams that were no SIP.
    """

    def __init__(self, timing: Timing, on_request: Callable[[Serving], None]) -> None:
        self.timing = timing
        self.unreadable = 0
        self.local: Peer = ("", 0)
        self._on_request = on_request
        self._transport: asyncio.DatagramTransport | None = None
        self._asking: dict[tuple[str, str], Asking] = {}
        self._serving: dict[tuple[str, str, Peer], Serving] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    @classmethod
    async def open(cls, host: str, port: int, timing: Timing, on_request: Callable[[Serving], None]) -> Wire:
        """Bind host and port (0 for any).  Raises OSError if the port is taken."""
        wire = cls(timing, on_request)
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: wire, local_addr=(host, port))
        return wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast(asyncio.DatagramTransport, transport)
        host, port = transport.get_extra_info("sockname")[:2]
        self.local = (host, port)

    def error_received(self, exc: Exception) -> None:
        """An ICMP error: the peer is not there (yet); repetition or its end will tell."""

    def close(self) -> None:
        """Close the socket and drop every timer."""
        for asking in list(self._asking.values()):
            asking.abandon()
        for serving in self._serving.values():
            serving.acknowledge()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._serving.clear()
        if self._transport is not None:
            self._transport.close()

    def send(self, message: Message, peer: Peer) -> None:
        """Send one datagram, once."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(build(message), peer)

    def ask(self, request: Request, peer: Peer, heard: Callable[[Response | None], None]) -> Asking:
        """Send a request until it is answered; see `Asking` for ``heard``."""
        asking = Asking(self, request, peer, heard)
        self._asking[request.branch, request.method] = asking
        return asking

    async def exchange(self, request: Request, peer: Peer) -> Response:
        """Send a request other than INVITE and return its final response; `TooLong` if none."""
        final: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()

        def heard(response: Response | None) -> None:
            if (response is None or response.status >= 200) and not final.done():
                final.set_result(response)

        asking = self.ask(request, peer, heard)
        try:
            response = await final
        finally:
            if not final.done() or final.cancelled():
                asking.abandon()
        if response is None:
            raise TooLong(f"{request.method} to {peer[0]}:{peer[1]}: no answer, was {self.timing.give_up_s:g} s")
        return response

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Parse and hand to whom it concerns; what cannot be read is counted and dropped."""
        if not data.strip(b"\r\n\0 "):
            return  # keep-alive
        peer = (addr[0], addr[1])
        try:
            message = parse(data)
            if isinstance(message, Response):
                asking = self._asking.get((message.branch, message.cseq[1]))
                if asking is not None:
                    asking.take(message)
            else:
                self._take_request(message, peer)
        except BadMessage:
            self.unreadable += 1

    def _take_request(self, request: Request, peer: Peer) -> None:
        for name in ("From", "To", "Call-ID", "CSeq"):
            request.header(name)  # raises BadMessage: without these we could not even answer
        if request.method == "ACK":
            invite = self._serving.get((request.branch, "INVITE", peer))
            if invite is not None:
                invite.acknowledge()
            else:
                self._on_request(Serving(self, request, peer))
            return
        key = (request.branch, request.method, peer)
        known = self._serving.get(key)
        if known is not None:
            known.repeat()
            return
        serving = self._serving[key] = Serving(self, request, peer)
        try:
            self._on_request(serving)
        except BadMessage:  # found while acting on it: say so, once, instead of leaving it hanging
            if serving.response is None or serving.response.status < 200:
                serving.respond(response_to(request, 400))
            raise

    def invite_cancelled_by(self, cancel: Serving) -> Serving | None:
        """Return the INVITE that this CANCEL is about, if we still know it."""
        return self._serving.get((cancel.request.branch, "INVITE", cancel.peer))

    def forget_serving(self, serving: Serving) -> None:
        """Forget an answered request once no repetition of it can come any more: after 64·T1."""
        key = (serving.request.branch, serving.request.method, serving.peer)
        self.later(self.timing.give_up_s, lambda: self._serving.pop(key, None))

    def forget_asking(self, asking: Asking) -> None:
        """Ignore responses to this request from now on."""
        self._asking.pop((asking.request.branch, asking.request.method), None)

    def later(self, delay_s: float, action: Callable[[], object]) -> None:
        """Call ``action`` after that time, unless the wire is closed before."""
        loop = asyncio.get_running_loop()

        def run() -> None:
            self._timers.discard(timer)
            action()

        timer = loop.call_later(delay_s, run)
        self._timers.add(timer)
