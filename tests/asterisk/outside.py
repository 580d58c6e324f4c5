"""The public network that a centre calls: a real SIP telephone at the trunk's address, and the people behind it."""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import dataclass
from typing import Final

from core import events as e
from core import ids
from core.events.base import Event
from core.personal import Personal
from tests.asterisk.small_centre import CALLABLE
from tests.asterisk.telephones import Desk, hears, until
from tests.asterisk.town import Here, Town
from tests.asterisk.watch import PATIENCE_S
from traffic.offered import OfferedCall
from traffic.phone import Phone
from traffic.sound import strongest_tone, tone_frames
from traffic.tones import AGENT_TONES, CITIZEN_TONES

SIP_PORT: Final = 5060
SHOWN: Final = "+33" + CALLABLE[1:]
_REQUESTS = itertools.count(1)


@dataclass(eq=False)
class Called:
    """Somebody whose telephone rings."""

    call: OfferedCall
    tone: int

    def answers(self) -> None:
        self.call.answer()
        self.call.play(tone_frames(self.tone))

    async def both_hear(self, desk: Desk) -> None:
        """Sound goes both ways, from now on."""
        assert desk.call is not None
        self.call.heard.clear()
        desk.call.heard.clear()
        await hears(self.call, desk.tone, AGENT_TONES)
        await hears(desk.call, self.tone, CITIZEN_TONES)


class Outside:
    """What the operator of `town` carries: `rings` is the next telephone there that rings."""

    def __init__(self, town: Town, phone: Phone) -> None:
        self.town = town
        self.phone = phone
        self._tones = iter(CITIZEN_TONES[::5])

    @classmethod
    async def open(cls, town: Town) -> Outside:
        return cls(town, await Phone.open("reseau", host=town.site.trunk, port=SIP_PORT, server=town.exchange.server))

    async def close(self) -> None:
        await self.phone.close(1.0)

    def dials(self, desk: Desk, number: str = "06 39 98 77 01", service: str = "directe", task: str = "") -> str:
        """The agent asks for that number, as a page would; gives the interaction."""
        interaction = ids.mint(int(time.time() * 1000), os.urandom(10))
        asked = e.DialAsked(
            cause="softphone_ui",
            request=f"r{next(_REQUESTS)}",
            interaction=interaction,
            agent=desk.name,
            service=service,
            number=Personal(interaction, "number", number),
            task=task,
        )
        self.tells(asked)
        return interaction

    def tells(self, asked: Event) -> None:
        """What a page would, to a centre in this process."""
        assert isinstance(self.town, Here)
        assert self.town.platform.loop.offer(asked)

    async def rings(self, within_s: float = PATIENCE_S) -> Called:
        call = await self.phone.next_call(within_s)
        call.ring()
        return Called(call, next(self._tones))

    async def talking(self, desk: Desk, number: str = "06 39 98 77 01") -> tuple[str, Called]:
        """The agent calls that number, somebody answers, they hear each other."""
        interaction = self.dials(desk, number)
        await desk.takes()
        called = await self.rings()
        called.answers()
        await self.town.watch.fact(e.CallConnected, interaction=interaction, agent=desk.name)
        await called.both_hear(desk)
        return interaction, called

    async def ended(self, interaction: str, outcome: str, reason: str) -> None:
        """Waits for the interaction's end, and says that it is this one."""
        ended = await self.town.watch.fact(e.InteractionEnded, interaction=interaction)
        assert (ended.outcome, ended.reason) == (outcome, reason)

    async def hears_ringing(self, desk: Desk) -> None:
        """The agent hears the ringing tone of the French network, 440 Hz."""

        def look() -> bool:
            assert desk.call is not None
            tone = strongest_tone(desk.call.heard.last(0.4).samples, range(400, 500, 10))
            return tone is not None and tone.hz == 440

        await until(look, "ringing at the agent's ear")
