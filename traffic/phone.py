"""A telephone: a SIP user agent on its own UDP port.

::

    async with await Phone.open(server=("127.0.0.9", 5060)) as phone:
        await phone.register("agent7", "secret")
        call = phone.call("0199000101", from_number="0199001234")
        await call.answered(timeout_s=5)
        call.play(tone_frames(440))
        await call.press("1")
        await call.hang_up()

Several calls may live at once.  Incoming ones come out of ``phone.incoming``, or go to
``on_call`` if one was given; nobody answers them by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from traffic.call import ALLOW, Line
from traffic.digest import Credentials
from traffic.errors import BadMessage, Refused, TooLong, within
from traffic.offered import OfferedCall
from traffic.placed import Dialling, PlacedCall
from traffic.registration import Registration
from traffic.sip import DialogId, Headers, parse_address, response_to
from traffic.transactions import Peer, Serving, Timing, Wire

MAX_CALLS = 1000
"""At once on one telephone; more INVITEs are answered 486.  Ten times what one user would do."""


class Phone:
    """A telephone.  Open it with `Phone.open`; close it, or use it as a context manager."""

    def __init__(
        self,
        user: str,
        server: Peer | None,
        on_call: Callable[[OfferedCall], None] | None,
        keep_s: float,
    ) -> None:
        self.user = user
        self.server = server
        self.incoming: asyncio.Queue[OfferedCall] = asyncio.Queue(MAX_CALLS)
        self._on_call = on_call or self._queue
        self._keep_s = keep_s
        self._who: Credentials | None = None
        self._calls: dict[DialogId, PlacedCall | OfferedCall] = {}
        self._registration: Registration | None = None
        self._wire: Wire

    @classmethod
    async def open(
        cls,
        user: str = "telephone",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        server: Peer | None = None,
        secret: str | None = None,
        on_call: Callable[[OfferedCall], None] | None = None,
        timing: Timing = Timing(),  # noqa: B008  # frozen
        keep_s: float = 30.0,
    ) -> Phone:
        """Bind ``host`` (IPv4) and ``port`` (0: any free one).  Raises OSError if that is not possible.

        ``server`` is where REGISTER and calls go by default; ``user`` and ``secret`` answer its
        challenges; ``keep_s`` is how much of what a call hears is kept.
        """
        phone = cls(user, server, on_call, keep_s)
        phone._wire = await Wire.open(host, port, timing, phone._take)
        if secret is not None:
            phone._who = Credentials(user, secret)
        return phone

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self, timeout_s: float = 5.0) -> None:
        """Hang up every call, unregister if need be, free the port, all politely for ``timeout_s``.

        A server that has gone cannot hold us longer than that.
        """
        with contextlib.suppress(Refused, TooLong, BadMessage):
            await within(timeout_s, "leaving", self._leave())
        if self._registration is not None:
            self._registration.stop()
        self._wire.close()

    async def _leave(self) -> None:
        await asyncio.gather(*(call.hang_up() for call in self.calls))
        if self.registered:
            await self.unregister()

    @property
    def address(self) -> Peer:
        """Host and port that this telephone listens on."""
        return self._wire.local

    @property
    def registered(self) -> bool:
        """Whether the last REGISTER succeeded and still holds."""
        return self._registration is not None and self._registration.holds

    @property
    def unreadable(self) -> int:
        """How many datagrams were no SIP, or SIP that we could not act on."""
        return self._wire.unreadable

    @property
    def calls(self) -> tuple[PlacedCall | OfferedCall, ...]:
        """The calls that have not ended."""
        return tuple(self._calls.values())

    # -- registration --------------------------------------------------------------------------

    async def register(
        self,
        user: str | None = None,
        secret: str | None = None,
        registrar: Peer | None = None,
        expires: int = 300,
        timeout_s: float = 10.0,
    ) -> None:
        """Register and keep registered: refreshed at half its life, tried again when it fails.

        Raises `Refused` with the registrar's status, `BadMessage` for a challenge that we cannot
        answer, `TooLong` if nothing comes back.
        """
        self.user = user or self.user
        self.server = registrar or self.server
        if secret is not None:
            self._who = Credentials(self.user, secret)
        if self._registration is not None:
            self._registration.stop()
        self._registration = Registration(self._line(), self.user, self._who, self._server())
        await within(timeout_s, f"registration of {self.user}", self._registration.begin(expires))

    async def unregister(self, timeout_s: float = 10.0) -> None:
        """Take the registration back, if there is one.  Raises like `register`."""
        if self._registration is not None:
            registration, self._registration = self._registration, None
            await within(timeout_s, f"end of the registration of {self.user}", registration.end())

    # -- calls ---------------------------------------------------------------------------------

    def call(
        self,
        uri_user: str,
        *,
        from_number: str | None = None,
        display_name: str = "",
        privacy: bool = False,
        extra_headers: Headers = (),
        raw_from: bytes | None = None,
        raw_headers: bytes = b"",
        keep_s: float | None = None,
    ) -> PlacedCall:
        """Dial: a number or name at the server, or a whole ``sip:`` URI.  Returns at once.

        ``privacy`` withholds the number as French operators do (anonymous From, Privacy: id,
        the number in P-Asserted-Identity).  ``raw_from`` and ``raw_headers`` are sent unchecked, for
        hostile tests; only the latter may hold line breaks.  Raises ValueError for those elsewhere,
        and for a URI that is none.
        """
        peer = _peer_of(uri_user) if uri_user.startswith("sip:") else self._server()
        uri = uri_user if uri_user.startswith("sip:") else f"sip:{uri_user}@{peer[0]}:{peer[1]}"
        host, port = self.address
        dialling = Dialling(
            uri=uri,
            peer=peer,
            from_uri=f"sip:{from_number or self.user}@{host}:{port}",
            display_name=display_name,
            privacy=privacy,
            extra_headers=extra_headers,
            raw_from=raw_from,
            raw_headers=raw_headers,
            keep_s=self._keep_s if keep_s is None else keep_s,
        )
        call = PlacedCall(self._line(), dialling, self._who)
        self._keep(call)
        return call

    async def next_call(self, timeout_s: float) -> OfferedCall:
        """Wait for the next incoming call; raises `TooLong` if none comes."""
        return await within(timeout_s, f"call to {self.user}", self.incoming.get())

    def _queue(self, call: OfferedCall) -> None:
        try:
            self.incoming.put_nowait(call)
        except asyncio.QueueFull:  # nobody takes calls from this telephone
            call.reject(486)

    def _keep(self, call: PlacedCall | OfferedCall) -> None:
        key = DialogId(call.call_id, call.local_tag)
        self._calls[key] = call
        call.on_end(lambda: self._calls.pop(key, None))

    # -- requests from the other side ----------------------------------------------------------

    def _take(self, serving: Serving) -> None:
        request = serving.request
        tag = parse_address(request.header("To")).tag
        if request.method == "CANCEL":
            self._take_cancel(serving)
        elif tag is not None:
            self._take_in_dialog(serving, DialogId(request.call_id, tag))
        elif request.method == "INVITE":
            self._take_invite(serving)
        elif request.method == "OPTIONS":
            serving.respond(response_to(request, 200, to_tag="t", headers=[("Allow", ALLOW)]))
        elif request.method != "ACK":
            serving.respond(response_to(request, 405, to_tag="t", headers=[("Allow", ALLOW)]))

    def _take_cancel(self, serving: Serving) -> None:
        invite = self._wire.invite_cancelled_by(serving)
        serving.respond(response_to(serving.request, 200 if invite else 481, to_tag="t"))
        for call in list(self._calls.values()):
            if isinstance(call, OfferedCall) and invite and call.invite is invite.request:
                call.cancelled(serving.request)

    def _take_in_dialog(self, serving: Serving, key: DialogId) -> None:
        call = self._calls.get(key)
        if call is not None:
            call.take(serving)
        elif serving.request.method != "ACK":
            serving.respond(response_to(serving.request, 481))

    def _take_invite(self, serving: Serving) -> None:
        if len(self._calls) >= MAX_CALLS:
            serving.respond(response_to(serving.request, 486, to_tag="t"))
            return
        call = OfferedCall(self._line(), serving, self._keep_s)
        self._keep(call)
        self._on_call(call)

    def _line(self) -> Line:
        host, port = self.address
        return Line(self._wire, f"<sip:{self.user}@{host}:{port}>", host)

    def _server(self) -> Peer:
        if self.server is None:
            raise ValueError("this telephone knows no server: give one to open() or register()")
        return self.server


def _peer_of(uri: str) -> Peer:
    """Host and port of a ``sip:`` URI, e.g. ``sip:100@127.0.0.9:5070``."""
    host, _, port = uri.removeprefix("sip:").rpartition("@")[2].partition(";")[0].partition(":")
    if not host or (port and not port.isdecimal()):
        raise ValueError(f"a URI to call is sip:user@host:port, was {uri!r}")
    return host, int(port) if port else 5060
