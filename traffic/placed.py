"""A call that we make: INVITE, perhaps a challenge, ringing, an answer, or its cancellation."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass

from traffic.call import ALLOW, Call, Dialog, Ended, Line, State
from traffic.digest import Credentials, authorized
from traffic.errors import BadMessage
from traffic.sdp import parse_sdp
from traffic.sip import Headers, Request, Response, name_addr, parse_address, q850_cause
from traffic.transactions import Asking, Peer


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling:
    """Everything that a caller may want to say in an INVITE.

    ``raw_from`` replaces the whole From value and ``raw_headers`` is pasted after the headers,
    both as bytes without any check: for hostile tests.
    """

    uri: str
    peer: Peer
    from_uri: str
    display_name: str = ""
    privacy: bool = False
    extra_headers: Headers = ()
    raw_from: bytes | None = None
    raw_headers: bytes = b""
    keep_s: float = 30.0

    def from_value(self, tag: str) -> str:
        """Return the From value, with our tag if the raw one has none."""
        if self.raw_from is not None:
            raw = self.raw_from.decode("utf-8", "surrogateescape")
            return raw if ";tag=" in raw else f"{raw};tag={tag}"
        if self.privacy:
            return f'"Anonymous" <sip:anonymous@anonymous.invalid>;tag={tag}'
        return f"{name_addr(self.display_name, self.from_uri)};tag={tag}"

    def identity_headers(self) -> Headers:
        """A withheld number still travels between operators (RFC 3323, RFC 3325)."""
        if not self.privacy:
            return ()
        return (("Privacy", "id"), ("P-Asserted-Identity", f"<{self.from_uri}>"))


class PlacedCall(Call):
    """A call that we have made; the INVITE leaves when it is created."""

    def __init__(self, line: Line, dialling: Dialling, who: Credentials | None) -> None:
        super().__init__(line, parse_address(dialling.uri), dialling.keep_s)
        self.call_id = secrets.token_hex(16)
        self.local_tag = secrets.token_hex(8)
        from_value = dialling.from_value(self.local_tag)
        with contextlib.suppress(BadMessage):  # a raw From may be no address at all
            self.local_tag = parse_address(from_value).tag or self.local_tag
        self._peer = dialling.peer
        self._who = who
        self._challenged = False
        self._ack: Request | None = None
        self._may_cancel = self._cancelling = self._cancel_sent = False
        self._invite = self._first_invite(dialling, from_value)
        try:
            self._asking: Asking = line.wire.ask(self._invite, self._peer, self._heard_response)
        except ValueError:  # a header with a line break: there is no call, and no port may be left open
            self._stream.close()
            raise

    def _first_invite(self, dialling: Dialling, from_value: str) -> Request:
        body = self._sdp()
        fixed = (
            ("Via", self._line.via()),
            ("Max-Forwards", "70"),
            ("From", from_value),
            ("To", f"<{dialling.uri}>"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self._cseq} INVITE"),
            ("Contact", self._line.contact),
            ("Allow", ALLOW),
            *dialling.identity_headers(),
            *dialling.extra_headers,
            ("Content-Type", "application/sdp"),
        )
        return Request(method="INVITE", uri=dialling.uri, headers=fixed, body=body, raw=dialling.raw_headers)

    # -- what the other side answers -----------------------------------------------------------

    def _heard_response(self, response: Response | None) -> None:
        if response is None:
            self._finish(408, None, "nobody")
            return
        self.last_message = response
        if response.status < 200:
            self._progress(response)
        elif response.status < 300:
            self._accepted(response)
        elif response.status in (401, 407) and self._authenticate(response):
            return
        else:
            ours = response.status == 487 and self._cancelling
            self._finish(response.status, q850_cause(response), "us" if ours else "them")

    def _progress(self, response: Response) -> None:
        self._may_cancel = True
        if self._cancelling:
            self._send_cancel()
            return
        if response.status >= 180:
            self._ring()
        if response.body:  # early media: announcements before the answer
            with contextlib.suppress(BadMessage):
                self._agree(parse_sdp(response.body))

    def _accepted(self, response: Response) -> None:
        if self._ack is not None:  # our ACK was lost: the same one again
            self._line.wire.send(self._ack, self._peer)
            return
        self._dialog = self._dialog_from(response)
        self._ack = self._in_dialog("ACK", self._invite.cseq[0], ())
        self._line.wire.send(self._ack, self._peer)
        if self.state is State.ENDED or self._cancelling:
            self._line.wire.ask(self._in_dialog("BYE", self._next_cseq(), ()), self._peer, lambda _: None)
            self._finish(487, None, "us")
            return
        try:
            self._agree(parse_sdp(response.body))
        except BadMessage:
            self._line.wire.unreadable += 1  # answered without sound: connected, and mute
        self._connect()

    def _dialog_from(self, response: Response) -> Dialog:
        contact = response.get("Contact")
        return Dialog(
            call_id=self.call_id,
            local=self._invite.header("From"),
            remote=response.header("To"),
            target=parse_address(contact).uri if contact else self._invite.uri,
            routes=tuple(reversed(response.all("Record-Route"))),
            peer=self._peer,
        )

    def _authenticate(self, response: Response) -> bool:
        """Send the INVITE again with the answer to this challenge; False if that is no use."""
        if self._who is None or self._challenged or self._cancelling:
            return False  # the same secret would be refused again
        self._challenged = True
        self._may_cancel = False
        try:
            self._invite = authorized(
                self._invite,
                response,
                self._who,
                via=self._line.via(),
                cseq=self._next_cseq(),
                cnonce=secrets.token_hex(8),
            )
        except BadMessage:
            return False
        self._asking = self._line.wire.ask(self._invite, self._peer, self._heard_response)
        return True

    # -- giving up -----------------------------------------------------------------------------

    async def _give_up(self) -> Ended:
        """CANCEL.  It may only follow a provisional response (RFC 3261 §9.1); until then we wait."""
        if self.state is not State.ENDED and not self._cancelling:
            self._cancelling = True
            if self._may_cancel:
                self._send_cancel()
        return await asyncio.shield(self._ended)

    def _send_cancel(self) -> None:
        if self._cancel_sent:
            return
        self._cancel_sent = True
        old = self._invite
        names = ("via", "from", "to", "call-id", "max-forwards", "route")
        kept = tuple((name, text) for name, text in old.headers if name.lower() in names)
        headers = (*kept, ("CSeq", f"{old.cseq[0]} CANCEL"))
        cancel = Request(method="CANCEL", uri=old.uri, headers=headers)
        self._line.wire.ask(cancel, self._peer, self._heard_cancel_response)
        # Should the 487 never come, the call is over for us all the same.
        self._line.wire.later(self._line.wire.timing.give_up_s, self._cancelled_in_vain)

    def _heard_cancel_response(self, response: Response | None) -> None:
        if response is None:
            self._finish(408, None, "nobody")

    def _cancelled_in_vain(self) -> None:
        self._finish(487, None, "us")
