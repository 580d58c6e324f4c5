"""One end of a call while somebody lives it: what they hear, what is noted, what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Literal

from traffic.call import Call
from traffic.clock import now_ms
from traffic.errors import NotAnswered, TooLong
from traffic.offered import OfferedCall
from traffic.placed import PlacedCall
from traffic.report import CallReport, Happening, Tell
from traffic.sound import level_dbfs
from traffic.tones import AGENT_TONES, CITIZEN_TONES, HeardTone, listen_for, measure

QUIET_DBFS = -45.0
_PROMPT_GAP_S = 0.6  # longer than a pause between two words, shorter than one to answer
_POLL_S = 0.1


@dataclass(slots=True)
class Leg:
    """One end of a call.  ``reached`` is set when the other party's tone is heard."""

    party: Literal["citizen", "agent"]
    who: str
    tone_hz: int
    call: PlacedCall | OfferedCall
    tell: Tell
    first_key_ms: float | None = None
    heard: HeardTone | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def say(self, kind: str, at_ms: float | None = None, **details: object) -> None:
        """Tell what happens to this party."""
        self.tell(Happening(kind, at_ms or now_ms(), self.who, details))

    async def live(self, script: Coroutine[None, None, None]) -> CallReport:
        """Follow a script until it or the call ends, hang up, tell and return the report.

        A script that is not answered or waits too long simply ends.  Cancelling hangs up, tells
        the report too, and then is a cancellation.
        """
        living = asyncio.ensure_future(script)
        listening = asyncio.ensure_future(self._listen())
        self.call.on_end(living.cancel)
        try:
            await asyncio.wait({living})
        finally:
            living.cancel()
            listening.cancel()
            await self.call.hang_up()
            report = self._report()
            self.tell(Happening("ended", report.ended_ms, self.who, {}, report))
        error = None if living.cancelled() else living.exception()
        if error is not None and not isinstance(error, (NotAnswered, TooLong)):
            raise error
        return report

    async def _listen(self) -> None:
        """Wait for the other party's tone, tell it, and go on until a longer window confirms it."""
        grid = AGENT_TONES if self.party == "citizen" else CITIZEN_TONES
        confirmed: HeardTone | None = None
        while confirmed is None:  # a vowel that is held might pass for a tone, but not for long
            self.heard = heard = await listen_for(self.call.heard, grid)
            self.reached.set()
            self.say(
                "heard",
                heard.since_ms,
                party=self.party,
                tone_hz=self.tone_hz,
                heard_hz=heard.hz,
                ratio_db=round(heard.ratio_db, 1),
            )
            confirmed = await measure(self.call.heard, heard, grid)
        self.heard = confirmed

    def _report(self) -> CallReport:
        end, stream = self.call.end, self.call.stream
        if end is None:
            raise RuntimeError(f"a report needs a call that has ended, was {self.call.state}")
        return CallReport(
            party=self.party,
            who=self.who,
            tone_hz=self.tone_hz,
            begun_ms=self.call.begun_ms,
            answered_ms=self.call.connected_ms,
            first_key_ms=self.first_key_ms,
            heard=self.heard,
            ended_ms=end.at_ms,
            code=end.code,
            cause=end.cause,
            ended_by=end.by,
            sent=stream.sent,
            received=stream.received,
            lost=stream.lost,
        )


async def prompt_end(call: Call, at_most_s: float) -> bool:
    """Wait until a voice has been heard and then silence; False if the time ran out instead."""
    begun_ms, spoken = now_ms(), False
    while now_ms() - begun_ms < 1000 * at_most_s:
        gap_ms = now_ms() - 1000 * _PROMPT_GAP_S
        recent = call.heard.since(max(begun_ms, gap_ms)).samples
        if level_dbfs(recent) > QUIET_DBFS:
            spoken = True
        elif spoken:
            return True
        await asyncio.sleep(_POLL_S)
    return False
