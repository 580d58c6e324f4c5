"""Telling the registrar where a telephone is, and telling it again before it forgets."""

from __future__ import annotations

import asyncio
import secrets

from traffic.call import Line
from traffic.digest import Credentials, authorized
from traffic.errors import BadMessage, Refused, TooLong
from traffic.sip import Request
from traffic.transactions import Peer

_RETRY_S = 5.0
"""After a failed refresh: an Asterisk that restarts is back within a few seconds."""


class Registration:
    """One address of record at one registrar.  ``holds`` says whether the last REGISTER succeeded."""

    def __init__(self, line: Line, user: str, who: Credentials | None, registrar: Peer) -> None:
        self.holds = False
        self.refreshed = 0  # how often, since it began
        self._line = line
        self._user = user
        self._who = who
        self._registrar = registrar
        self._call_id = secrets.token_hex(16)
        self._cseq = 0
        self._refreshing: asyncio.Task[None] | None = None

    async def begin(self, expires_s: int) -> None:
        """Register, then refresh at half the life granted and try again when that fails.

        Raises `Refused`, `BadMessage` (an unanswerable challenge) or `TooLong`.
        """
        granted_s = await self._register(expires_s)
        self._refreshing = asyncio.create_task(self._refresh(expires_s, granted_s))

    async def end(self) -> None:
        """Take the address back.  Raises like `begin`."""
        self.stop()
        await self._register(0)

    def stop(self) -> None:
        """Refresh no more; the registrar forgets by itself."""
        self.holds = False
        if self._refreshing is not None:
            self._refreshing.cancel()
            self._refreshing = None

    async def _refresh(self, expires_s: int, granted_s: int) -> None:
        wait_s = granted_s / 2
        while True:
            await asyncio.sleep(wait_s)
            try:
                wait_s = await self._register(expires_s) / 2
                self.refreshed += 1
            except (Refused, TooLong, BadMessage):
                self.holds = False
                wait_s = _RETRY_S

    async def _register(self, expires_s: int) -> int:
        """One REGISTER and its challenge; returns the seconds granted."""
        request = self._request(expires_s)
        response = await self._line.wire.exchange(request, self._registrar)
        if response.status in (401, 407) and self._who:
            self._cseq += 1
            request = authorized(
                request,
                response,
                self._who,
                via=self._line.via(),
                cseq=self._cseq,
                cnonce=secrets.token_hex(8),
            )
            response = await self._line.wire.exchange(request, self._registrar)
        if not 200 <= response.status < 300:
            raise Refused(f"REGISTER of {self._user}", response.status, response.reason)
        self.holds = expires_s > 0
        granted = response.get("Expires") or ""
        return int(granted) if granted.isdecimal() and int(granted) else max(expires_s, 1)

    def _request(self, expires_s: int) -> Request:
        self._cseq += 1
        host, port = self._registrar
        own = f"<sip:{self._user}@{host}:{port}>"
        headers = (
            ("Via", self._line.via()),
            ("Max-Forwards", "70"),
            ("From", f"{own};tag={secrets.token_hex(8)}"),
            ("To", own),
            ("Call-ID", self._call_id),
            ("CSeq", f"{self._cseq} REGISTER"),
            ("Contact", self._line.contact),
            ("Expires", str(expires_s)),
        )
        return Request(method="REGISTER", uri=f"sip:{host}:{port}", headers=headers)
