"""What all ways in share: who is who, the picture, and the ways to ask; one per platform."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from core.centre import Agent, Pause
from core.events.base import Event
from core.ports import Explains, Mint, Recognise, Recordings
from softphone_ui.asking import Asking
from softphone_ui.attempts import Attempts
from softphone_ui.cards import Cards
from softphone_ui.forms import Answer
from softphone_ui.kept_sessions import Kept
from softphone_ui.live import Desks, Tables
from softphone_ui.passwords import Passwords
from softphone_ui.picture import Picture
from softphone_ui.searches import Searches
from softphone_ui.sessions import Sessions
from softphone_ui.tokens import Door, Tokens

WEB: Final = Path(__file__).parent / "web"

UNKNOWN: Final = ("contact_unknown", "agent_unknown", "queue_unknown")
"""Whoever is not there and whoever is not theirs have one answer: nothing of another organisation is told."""


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Where the pages are served.  `origins` are the addresses that browsers may have for them; without a certificate
    there is no TLS, which is for this machine alone or behind a proxy that has one."""

    bind: str = "127.0.0.1"
    port: int = 8080
    origin: str = ""
    certificate: Path | None = None
    key: Path | None = None

    @property
    def tls(self) -> bool:
        """Whether browsers reach us by TLS, ours or a proxy's."""
        return self.certificate is not None or self.origin.startswith("https://")

    @property
    def origins(self) -> frozenset[str]:
        if self.origin:
            return frozenset((self.origin,))
        scheme = "https" if self.certificate is not None else "http"
        host = f"[{self.bind}]" if ":" in self.bind else self.bind
        names = [host, "localhost"] if self.bind in ("127.0.0.1", "::1") else [host]
        return frozenset(f"{scheme}://{name}:{self.port}" for name in names)

    @property
    def hosts(self) -> frozenset[str]:
        """What the Host header may say: another name that leads here is somebody's trick (DNS rebinding)."""
        return frozenset(origin.partition("://")[2] for origin in self.origins)


class Hall:
    """`clock_s` never goes back; `now_ms` is the kernel's time as far as the picture knows it."""

    def __init__(
        self,
        *,
        where: Where,
        picture: Picture,
        passwords: Passwords,
        asking: Asking,
        offer: Callable[[Event], bool],
        cards: Cards,
        searches: Searches,
        now_ms: Callable[[], int],
        mint: Mint,
        recordings: Recordings,
        recognise: Recognise,
        explains: Explains | None = None,
        door: Door | None = None,
        kept: Kept | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.where = where
        self.picture = picture
        self.passwords = passwords
        self.asking = asking
        self.offer = offer
        self.cards = cards
        self.searches = searches
        self.now_ms = now_ms
        self.recordings = recordings
        self.recognise = recognise
        self.mint = mint
        self.door = door or Door(Tokens(passwords.shelf))
        self.explains = explains
        self.clock_s = clock_s
        self.sessions = Sessions(passwords.mark, kept)
        self.attempts = Attempts()
        self.desks = Desks(picture, cards.card, now_ms)
        self.tables = Tables(picture, now_ms)

    def agent(self, name: str) -> Agent | None:
        """Whose account this is; an agent who left the configuration has none any more."""
        return self.picture.centre.agents.get(name)

    def pauses(self) -> dict[str, Pause]:
        """Those of the configuration; where it names none, the reasons that star codes give."""
        centre = self.picture.centre
        asked = (code.reason for code in centre.codes.values() if code.wish == "pause" and code.reason)
        return centre.pauses or {reason: Pause(name=reason, title="") for reason in asked}

    async def ask(self, make: Callable[[str], Event]) -> Answer:
        """What became of a request; raises Busy."""
        answer = await self.asking.ask(make)
        return Answer(done=None) if answer is None else Answer(done=answer.done, reason=answer.reason)

    @property
    def cookie(self) -> str:
        """The browser itself refuses a __Host- cookie that another host, or plain HTTP, would set."""
        return "__Host-allo" if self.where.tls else "allo"
