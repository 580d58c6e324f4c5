"""One call on a telephone: its dialog, its sound, its end.

The life of a call is small::

    NEW ──180, 183──▶ RINGING ──200──▶ CONNECTED ──BYE──▶ ENDED
     │                   │                 ▲                ▲
     ├──200──────────────┼─────────────────┘                │
     └───────────────────┴──refusal, CANCEL, nobody there───┘

`Call` holds what both beginnings share; `traffic.placed` is a call that we made,
`traffic.offered` one that we are offered.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from traffic.clock import now_ms
from traffic.errors import BadMessage, NotAnswered, TooLong, within
from traffic.heard import Heard
from traffic.rtp import KeyHeard, Stream
from traffic.sdp import Media, build_sdp, parse_sdp
from traffic.sip import Address, Message, Request, Response, q850_cause, response_to
from traffic.transactions import Peer, Serving, Wire

HeaderItems = Iterable[tuple[str, str]]
Side = Literal["us", "them", "nobody"]


class State(enum.StrEnum):
    """Where a call is in its life."""

    NEW = "new"
    RINGING = "ringing"
    CONNECTED = "connected"
    ENDED = "ended"


_NEXT: dict[State, frozenset[State]] = {
    State.NEW: frozenset({State.RINGING, State.CONNECTED, State.ENDED}),
    State.RINGING: frozenset({State.CONNECTED, State.ENDED}),
    State.CONNECTED: frozenset({State.ENDED}),
    State.ENDED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended.

    ``code`` is 200 after a conversation, else the SIP status that ended it; ``cause`` the Q.850
    cause that the peer gave, if any; ``by`` who ended it ("nobody": the peer was silent).
    """

    code: int
    cause: int | None
    by: Side
    at_ms: float


@dataclass(frozen=True, slots=True)
class Dialog:
    """What every request inside the call carries (RFC 3261 §12)."""

    call_id: str
    local: str
    remote: str
    target: str
    routes: tuple[str, ...]
    peer: Peer


@dataclass(frozen=True, slots=True)
class Line:
    """What a call needs from its telephone."""

    wire: Wire
    contact: str
    media_host: str

    def via(self) -> str:
        """Return a Via value with a new branch, which names a new transaction."""
        host, port = self.wire.local
        return f"SIP/2.0/UDP {host}:{port};rport;branch=z9hG4bK{secrets.token_hex(12)}"


class Call:
    """A call, whoever began it.  Times are Unix ms, None as long as it has not happened.

    ``begun_ms`` INVITE sent or received; ``ringing_ms``; ``connected_ms``; ``remote`` is the
    other party as the first INVITE named it; ``last_message`` the last SIP message received.
    """

    def __init__(self, line: Line, remote: Address, keep_s: float) -> None:
        self.remote = remote
        self.state = State.NEW
        self.begun_ms = now_ms()
        self.ringing_ms: float | None = None
        self.connected_ms: float | None = None
        self.last_message: Message | None = None
        self._line = line
        self._stream = Stream(line.media_host, keep_s)
        self._media = Media(self._stream.host, self._stream.port)
        self._session = (secrets.randbits(31), 0)
        self._dialog: Dialog | None = None
        self._cseq = secrets.randbelow(10_000) + 1
        self._offered_by_us = False
        self._reinvite: Serving | None = None
        loop = asyncio.get_running_loop()
        self._connected: asyncio.Future[None] = loop.create_future()
        self._ended: asyncio.Future[Ended] = loop.create_future()

    # -- sound ---------------------------------------------------------------------------------

    @property
    def heard(self) -> Heard:
        """The sound received, still readable after the call."""
        return self._stream.heard

    @property
    def keys_heard(self) -> tuple[KeyHeard, ...]:
        """The keys that the other side pressed (RFC 4733), in order."""
        return tuple(self._stream.keys_heard)

    @property
    def stream(self) -> Stream:
        """The RTP stream, for its counters: ``sent``, ``received``, ``lost``, ``refused``."""
        return self._stream

    def play(self, frames: Iterable[bytes]) -> asyncio.Future[None]:
        """Send these 160-byte A-law frames, then silence; the future is done when they have left."""
        return self._stream.play(frames)

    async def press(self, keys: str, tone_ms: int = 100, gap_ms: int = 60) -> None:
        """Press keys (``0``-``9``, ``*``, ``#``, ``A``-``D``); returns when the last is released.

        Raises ValueError for a key that no telephone has.
        """
        await self._stream.press(keys, tone_ms, gap_ms)

    # -- waiting -------------------------------------------------------------------------------

    async def answered(self, timeout_s: float) -> None:
        """Wait until somebody answers.  Raises `NotAnswered` if it ends first, else `TooLong`."""
        waits: set[asyncio.Future[object]] = {self._connected, self._ended}  # type: ignore[arg-type]  # set is invariant
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if self._connected.done():
            return
        if self._ended.done():
            end = self._ended.result()
            raise NotAnswered(end.code, end.cause)
        raise TooLong(f"answer to the call of {self.remote.uri}: none, was {timeout_s:g} s")

    async def ended(self, timeout_s: float) -> Ended:
        """Wait until the call has ended and return how; raises `TooLong` if it goes on."""
        what = f"end of the call with {self.remote.uri}"
        return await within(timeout_s, what, asyncio.shield(self._ended))

    @property
    def end(self) -> Ended | None:
        """How the call ended, None as long as it lasts."""
        return self._ended.result() if self._ended.done() else None

    def on_end(self, action: Callable[[], object]) -> None:
        """Call ``action`` soon after the call has ended."""
        self._ended.add_done_callback(lambda _: action())

    # -- inside the dialog ---------------------------------------------------------------------

    async def hang_up(self) -> Ended:
        """End the call, whatever its state; returns how it ended (perhaps by them, before)."""
        if self.state is not State.CONNECTED:
            return await self._give_up()
        self._finish(200, None, "us")
        with contextlib.suppress(TooLong):  # the peer has vanished: the call is over all the same
            await self.request("BYE", [("Reason", 'Q.850;cause=16;text="Normal call clearing"')])
        return self._ended.result()

    async def request(self, method: str, headers: HeaderItems = (), body: bytes = b"") -> Response:
        """Send any request but INVITE inside the call (INFO, REFER, UPDATE…); return its final response.

        Raises `TooLong` if the peer does not answer, RuntimeError before there is a dialog.
        """
        request = self._in_dialog(method, self._next_cseq(), headers, body)
        return await self._line.wire.exchange(request, self._established().peer)

    async def _give_up(self) -> Ended:
        """End a call that is not connected; the two beginnings do it differently."""
        raise NotImplementedError

    def take(self, serving: Serving) -> None:
        """A request inside the call has come (the telephone's routing calls this)."""
        self.last_message = request = serving.request
        match request.method:
            case "ACK":
                self._take_ack(request)
            case "BYE":
                serving.respond(response_to(request, 200))
                self._finish(200, q850_cause(request), "them")
            case "INVITE" | "UPDATE":
                self._renegotiate(serving)
            case "INFO" | "NOTIFY" | "MESSAGE" | "OPTIONS":
                serving.respond(response_to(request, 200))
            case _:
                serving.respond(response_to(request, 501))

    def _take_ack(self, ack: Request) -> None:
        if self._reinvite is not None:
            self._reinvite.acknowledge()
            self._reinvite = None
        if self._offered_by_us and ack.body:
            self._agree(parse_sdp(ack.body))
        self._offered_by_us = False

    def _renegotiate(self, serving: Serving) -> None:
        """Answer a re-INVITE or UPDATE with our side of the sound: hold, resume, new address."""
        request = serving.request
        if request.body:
            refusal = self._take_offer(request.body)
            if refusal:
                serving.respond(response_to(request, refusal))
                return
        if request.method == "INVITE":
            self._offered_by_us = not request.body
            self._reinvite = serving
        body = self._sdp() if request.body or request.method == "INVITE" else b""
        serving.respond(response_to(request, 200, headers=self._own_headers(body), body=body))

    def _take_offer(self, body: bytes) -> int:
        """Agree to an SDP offer and prepare our answer; return the status that refuses it, 0 if none."""
        try:
            offer = parse_sdp(body)
            if not offer.alaw:
                return 488
            self._agree(offer)
        except BadMessage:
            return 400
        self._media = offer.answer(self._stream.host, self._stream.port)
        return 0

    def _agree(self, theirs: Media) -> None:
        """Send sound where the peer listens, unless it does not want to hear.

        Raises `BadMessage` if no sound can be sent there.
        """
        if theirs.port == 0:
            return
        speak = theirs.direction in ("sendrecv", "recvonly")
        try:
            self._stream.connect(theirs.host, theirs.port, keys=theirs.keys, speak=speak)
        except (OSError, OverflowError):
            raise BadMessage(f"no sound can go to {theirs.host} port {theirs.port}") from None

    def _sdp(self) -> bytes:
        number, version = self._session
        self._session = (number, version + 1)
        return build_sdp(self._media, number, version)

    def _own_headers(self, body: bytes) -> list[tuple[str, str]]:
        kind = [("Content-Type", "application/sdp")] if body else []
        return [("Contact", self._line.contact), ("Allow", ALLOW), *kind]

    def _in_dialog(self, method: str, cseq: int, headers: HeaderItems, body: bytes = b"") -> Request:
        dialog = self._established()
        fixed = [
            ("Via", self._line.via()),
            ("Max-Forwards", "70"),
            *(("Route", route) for route in dialog.routes),
            ("From", dialog.local),
            ("To", dialog.remote),
            ("Call-ID", dialog.call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", self._line.contact),
        ]
        return Request(method=method, uri=dialog.target, headers=(*fixed, *headers), body=body)

    def _established(self) -> Dialog:
        if self._dialog is None:
            raise RuntimeError(f"the call has no dialog yet, was {self.state}")
        return self._dialog

    def _next_cseq(self) -> int:
        self._cseq += 1
        return self._cseq

    # -- life ----------------------------------------------------------------------------------

    def _move(self, state: State) -> None:
        if state not in _NEXT[self.state]:
            raise RuntimeError(f"a call cannot become {state}, was {self.state}")
        self.state = state

    def _ring(self) -> None:
        if self.state is State.NEW:
            self._move(State.RINGING)
            self.ringing_ms = now_ms()

    def _connect(self) -> None:
        self._move(State.CONNECTED)
        self.connected_ms = now_ms()
        self._connected.set_result(None)

    def _finish(self, code: int, cause: int | None, by: Side) -> None:
        if self.state is State.ENDED:
            return
        self._move(State.ENDED)
        self._stream.close()
        self._ended.set_result(Ended(code, cause, by, now_ms()))


ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY, MESSAGE"
