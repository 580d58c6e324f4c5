"""Who holds the telephone: a citizen who calls, an agent who answers.

Each is a frozen description and one coroutine that lives it.  Nothing here is random but what
is drawn from the ``random.Random`` passed in; every wait has an end.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable
from dataclasses import dataclass

from traffic.call import State
from traffic.clock import now_ms
from traffic.errors import NotAnswered, TooLong, within
from traffic.leg import Leg, prompt_end
from traffic.offered import OfferedCall
from traffic.phone import Phone
from traffic.report import CallReport, Happening, Tell
from traffic.rtp import KEYPAD
from traffic.sip import Headers
from traffic.sound import RATE_HZ, frames_of, tone_frames
from traffic.tones import ToneBook

_LONGEST_TALK_S = 3600.0
_TONE_S = 2.0
"""How long a citizen's tone lasts at least: to be recognised takes about one second, to be measured one more."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A duration in seconds: never below ``low`` or above ``high``, mostly near ``typical``."""

    low: float
    typical: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.typical <= self.high:
            raise ValueError(f"a spread is 0 <= low <= typical <= high, was {self}")

    def draw(self, chance: random.Random) -> float:
        """Draw one duration."""
        return chance.triangular(self.low, self.high, self.typical)


@dataclass(frozen=True, slots=True)
class AtSecond:
    """So many seconds after the answer."""

    seconds: float


@dataclass(frozen=True, slots=True)
class AfterPrompt:
    """When a voice has spoken and falls silent; after ``at_most_s`` in any case."""

    at_most_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Step:
    """Something a citizen does before talking to anybody: press ``keys``, or say ``words``.

    ``words`` is A-law sound, e.g. from `traffic.speech.speak`.
    """

    when: AtSecond | AfterPrompt
    keys: str = ""
    words: bytes = b""

    def __post_init__(self) -> None:
        unknown = set(self.keys.upper()) - set(KEYPAD)
        if unknown:
            raise ValueError(f"keys are some of {KEYPAD}, was {self.keys!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Citizen:
    """Somebody who calls: dials, follows a script of keys, waits for an agent, talks, hangs up.

    They hold on for ``patience_s`` between dialling and hearing an agent.  Then they say
    ``words`` (A-law), then their tone for 2 s at least, and hang up after ``talk_s`` unless the agent does.
    With ``waits_for_agent=False`` (an echo, a voice mailbox) they talk once the script is done.
    """

    number: str
    tone_hz: int
    from_number: str = "0639980000"
    display_name: str = ""
    privacy: bool = False
    headers: Headers = ()
    script: tuple[Step, ...] = ()
    words: bytes = b""
    patience_s: float = 60.0
    talk_s: float = 10.0
    waits_for_agent: bool = True

    async def call(self, phone: Phone, tell: Tell) -> CallReport:
        """Live one call.  Cancelling hangs up."""
        call = phone.call(
            self.number,
            from_number=self.from_number,
            display_name=self.display_name,
            privacy=self.privacy,
            extra_headers=self.headers,
            keep_s=5.0,
        )
        leg = Leg("citizen", self.from_number, self.tone_hz, call, tell)
        leg.say("dialled", call.begun_ms, number=self.number, tone_hz=self.tone_hz)
        return await leg.live(self._live(leg))

    async def _live(self, leg: Leg) -> None:
        await within(self.patience_s, "an agent", self._reach_somebody(leg))
        leg.call.play(itertools.chain(frames_of(self.words), tone_frames(self.tone_hz)))
        await asyncio.sleep(max(self.talk_s, len(self.words) / RATE_HZ + _TONE_S))

    async def _reach_somebody(self, leg: Leg) -> None:
        """From dialling to hearing an agent, or to the end of the script."""
        await leg.call.answered(self.patience_s)
        answered_ms = leg.call.connected_ms or now_ms()
        leg.say("answered", answered_ms, after_ms=round(answered_ms - leg.call.begun_ms))
        following = asyncio.ensure_future(self._follow_script(leg, answered_ms))
        wanted: Awaitable[object] = leg.reached.wait() if self.waits_for_agent else following
        try:
            await wanted
        finally:
            following.cancel()

    async def _follow_script(self, leg: Leg, answered_ms: float) -> None:
        for step in self.script:
            match step.when:
                case AtSecond(seconds):
                    await asyncio.sleep(max(0.0, answered_ms / 1000 + seconds - now_ms() / 1000))
                case AfterPrompt(at_most_s):
                    await prompt_end(leg.call, at_most_s)
            if step.keys:
                leg.first_key_ms = leg.first_key_ms or now_ms()
                leg.say("pressed", keys=len(step.keys))
                await leg.call.press(step.keys)
            if step.words:
                leg.say("spoke", seconds=round(len(step.words) / RATE_HZ, 1))
                await leg.call.play(frames_of(step.words))


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAtPhone:
    """An agent with a desk telephone.

    A call is refused (486) with probability ``rejects``, left ringing with probability
    ``misses``, else answered after ``rings``; one that asks the telephone to answer by itself is
    answered at once.  Talk lasts ``talks``; then the agent hangs up
    with probability ``hangs_up``, or waits until the citizen does.  ``wrap_up_number`` (a star
    code) is dialled ``wraps_up`` seconds after each talk.
    """

    user: str
    secret: str
    rings: Spread = Spread(1.0, 2.0, 4.0)
    talks: Spread = Spread(5.0, 10.0, 20.0)
    wraps_up: Spread = Spread(1.0, 2.0, 4.0)
    rejects: float = 0.0
    misses: float = 0.0
    hangs_up: float = 0.5
    wrap_up_number: str | None = None

    async def work(self, phone: Phone, chance: random.Random, tones: ToneBook, tell: Tell) -> None:
        """Take calls on a registered telephone until cancelled; reports come with ``ended``.

        A call offered while another is in progress or being wrapped up is refused with 486 and
        told as ``busy``: whoever distributes calls should have known.
        """
        while True:
            call = await phone.incoming.get()
            if call.state is State.ENDED:
                continue
            refusing = asyncio.create_task(self._refuse_others(phone, tell))
            try:
                report = await self._take(call, chance, tones, tell)
                wraps_up = report.answered_ms is not None and self.wrap_up_number
                if wraps_up:
                    await asyncio.sleep(self.wraps_up.draw(chance))
            finally:
                refusing.cancel()
            if wraps_up:
                await self._end_wrap_up(phone, tell)

    async def _refuse_others(self, phone: Phone, tell: Tell) -> None:
        while True:
            call = await phone.incoming.get()
            call.reject(486)
            tell(Happening("busy", now_ms(), self.user, {}))

    async def _take(self, call: OfferedCall, chance: random.Random, tones: ToneBook, tell: Tell) -> CallReport:
        leg = Leg("agent", self.user, tones.take(), call, tell)
        leg.say("offered", call.begun_ms, caller=call.remote.user)
        try:
            return await leg.live(self._live(leg, call, chance))
        finally:
            tones.give_back(leg.tone_hz)

    async def _live(self, leg: Leg, call: OfferedCall, chance: random.Random) -> None:
        fate, rings_s = chance.random(), self.rings.draw(chance)
        talk_s, hangs_up = self.talks.draw(chance), chance.random() < self.hangs_up
        call.ring()
        misses = self.rejects <= fate < self.rejects + self.misses
        if not call.asks_to_answer:
            await asyncio.sleep(_LONGEST_TALK_S if misses else rings_s)
        if fate < self.rejects:
            call.reject(486)
        if call.state is State.ENDED:
            return
        call.answer()
        leg.say("agent_answered", call.connected_ms, tone_hz=leg.tone_hz)
        call.play(tone_frames(leg.tone_hz))
        await asyncio.sleep(talk_s if hangs_up else _LONGEST_TALK_S)

    async def _end_wrap_up(self, phone: Phone, tell: Tell) -> None:
        """Dial the star code; whatever answers, or does not, the agent goes on working."""
        call = phone.call(self.wrap_up_number or "", keep_s=1.0)
        try:
            await call.answered(10.0)
            await call.ended(5.0)
        except (NotAnswered, TooLong):
            pass
        end = await call.hang_up()
        tell(Happening("wrap_up_ended", now_ms(), self.user, {"code": end.code}))
