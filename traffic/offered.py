"""A call that we are offered: it rings, then is answered, rejected, or the caller gives up."""

from __future__ import annotations

import asyncio
import contextlib
import secrets

from traffic.call import Call, Dialog, Ended, Line, Side, State
from traffic.errors import BadMessage
from traffic.sip import Request, parse_address, q850_cause, response_to
from traffic.transactions import Serving


class OfferedCall(Call):
    """A call that somebody makes to us.  ``invite`` is the request as received."""

    def __init__(self, line: Line, serving: Serving, keep_s: float) -> None:
        self.invite: Request = serving.request
        contact = self.invite.get("Contact")
        target = parse_address(contact).uri if contact else None
        super().__init__(line, parse_address(self.invite.header("From")), keep_s)
        self.call_id = self.invite.call_id
        self.local_tag = secrets.token_hex(8)
        self._serving = serving
        self._acknowledged = asyncio.Event()
        to = self.invite.header("To")
        self._dialog = Dialog(
            call_id=self.call_id,
            local=f"{to};tag={self.local_tag}",
            remote=self.invite.header("From"),
            target=target or self.remote.uri,
            routes=tuple(self.invite.all("Record-Route")),
            peer=serving.peer,
        )
        self.last_message = self.invite
        self._serving.respond(response_to(self.invite, 100))

    @property
    def asks_to_answer(self) -> bool:
        """Whether the telephone is to answer by itself (`Call-Info: …;answer-after=0`), as desk phones take it."""
        return "answer-after=0" in (self.invite.get("Call-Info") or "").replace(" ", "")

    def ring(self) -> None:
        """Say that the telephone rings (180)."""
        if self.state is State.NEW:
            self._ring()
            self._respond(180)

    def answer(self) -> None:
        """Take the call: sound flows from now on.  RuntimeError if it is over or taken already.

        A caller that offers no A-law is refused with 488: the call then ends here.
        """
        if self.state not in (State.NEW, State.RINGING):
            raise RuntimeError(f"only a call that rings can be answered, was {self.state}")
        refusal = self._take_offer(self.invite.body) if self.invite.body else 0
        if refusal:
            self.reject(refusal)
            return
        self._offered_by_us = not self.invite.body
        body = self._sdp()
        response = response_to(self.invite, 200, to_tag=self.local_tag, headers=self._own_headers(body), body=body)
        self._serving.respond(response, unacknowledged=self._never_acknowledged)
        self._connect()

    def reject(self, code: int = 486) -> None:
        """Refuse the call with a status from 300 to 699; nothing if it is over already."""
        if not 300 <= code <= 699:
            raise ValueError(f"a refusal is a status from 300 to 699, was {code}")
        if self.state in (State.NEW, State.RINGING):
            self._respond(code)
            self._finish(code, None, "us")

    async def hang_up(self) -> Ended:
        """End the call.  A BYE may only follow the ACK of our 200 (RFC 3261 §15): until it comes we wait."""
        if self.state is State.CONNECTED:
            await self._acknowledged.wait()
        return await super().hang_up()

    def cancelled(self, cancel: Request) -> None:
        """The caller gives up before the answer (the telephone's routing calls this)."""
        if self.state in (State.NEW, State.RINGING):
            self._respond(487)
            self._finish(487, q850_cause(cancel), "them")

    def take(self, serving: Serving) -> None:
        """A request inside the call has come; a BYE before the answer is a CANCEL by other means."""
        if serving.request.method == "BYE":
            self.cancelled(serving.request)
        super().take(serving)

    async def _give_up(self) -> Ended:
        self.reject(480)
        return self._ended.result()

    def _respond(self, code: int) -> None:
        headers = [("Contact", self._line.contact)] if code < 300 else []
        self._serving.respond(response_to(self.invite, code, to_tag=self.local_tag, headers=headers))

    def _take_ack(self, ack: Request) -> None:
        self._acknowledged.set()
        self._serving.acknowledge()
        with contextlib.suppress(BadMessage):  # a broken answer to our offer: connected, and mute
            super()._take_ack(ack)

    def _finish(self, code: int, cause: int | None, by: Side) -> None:
        if self.state is State.CONNECTED:  # a BYE says more than the ACK that may still be missing
            self._serving.acknowledge()
        self._acknowledged.set()  # nobody waits for an ACK any more
        super()._finish(code, cause, by)

    def _never_acknowledged(self) -> None:
        """Our 200 was never acknowledged (RFC 3261 §13.3.1.4): end what the caller cannot use."""
        if self.state is State.CONNECTED:
            bye = self._in_dialog("BYE", self._next_cseq(), ())
            self._line.wire.ask(bye, self._serving.peer, lambda _: None)
            self._finish(408, None, "nobody")
