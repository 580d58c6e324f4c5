"""Who holds the telephones in these tests: citizens who call, agents at their desks, and what they hear."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from tests.asterisk.ground import SIP_PORT, Site
from tests.asterisk.small_centre import DIRECT, phone_of, signature
from tests.asterisk.watch import PATIENCE_S, Watch
from traffic.call import Call
from traffic.clock import now_ms
from traffic.offered import OfferedCall
from traffic.phone import Phone
from traffic.placed import PlacedCall
from traffic.sound import RATE_HZ, Samples, correlate, level_dbfs, strongest_tone, tone_frames
from traffic.ticker import Ticker
from traffic.tones import AGENT_TONES, CITIZEN_TONES, HeardTone, hear
from traffic.transactions import Timing

SILENT_DBFS: Final = -60.0
# A prompt that went through A-law, levelling and Asterisk is found again with 0.98; another one with 0.1.
FOUND: Final = 0.8
# Looking for a tone costs half a millisecond: a hundred who look every 0.25 s would take a fifth of a processor.
_LOOK_S: Final = 0.1
_LISTEN_S: Final = 0.25


@dataclass(eq=False)
class Citizen:
    """Somebody who called; `number` is theirs alone in this test, `tone` what they say."""

    number: str
    tone: int
    call: PlacedCall
    watch: Watch = field(repr=False)

    @property
    def e164(self) -> str:
        return "+33" + self.number[1:]

    async def interaction(self) -> str:
        """The interaction that their call became."""
        return await self.watch.interaction_of(self.e164)

    async def fact(self, kind: type[Any], within_s: float = PATIENCE_S, **fields: Any) -> Any:
        """Waits for a fact about this call."""
        return await self.watch.fact(kind, within_s, interaction=await self.interaction(), **fields)

    def speak(self) -> None:
        """Sends the tone, on and on."""
        self.call.play(tone_frames(self.tone))

    async def hears_agent(self, desk: Desk, within_s: float = PATIENCE_S) -> HeardTone:
        return await hears(self.call, desk.tone, AGENT_TONES, within_s)

    async def hears_music(self, within_s: float = PATIENCE_S) -> None:
        """Waits for sound that is neither silence nor anybody's tone."""
        await until(lambda: music(self.call), "music", within_s)

    async def hears_prompt(self, key: str, within_s: float = PATIENCE_S) -> float:
        """Waits until the recording of `key` was heard whole; gives how well it was found."""
        return await hears_signal(self.call, signature(key), within_s)


class Desk:
    """An agent with a telephone.  Calls come out of `rings`; a second call while one lives is noted in `doubled`."""

    def __init__(self, name: str, phone: Phone, tone: int) -> None:
        self.name = name
        self.phone = phone
        self.tone = tone
        self.call: OfferedCall | None = None
        self.doubled: list[OfferedCall] = []

    async def rings(self, within_s: float = PATIENCE_S) -> OfferedCall:
        """The next call that is still there, ringing."""
        while True:
            call = await self.phone.next_call(within_s)
            if self.call is not None and self.call.end is None:
                self.doubled.append(call)
            if call.end is None:
                self.call = call
                call.ring()
                return call

    async def takes(self, within_s: float = PATIENCE_S) -> OfferedCall:
        """Answers the next call and speaks."""
        call = await self.rings(within_s)
        call.answer()
        self.speak()
        return call

    async def answers_by_itself(self, within_s: float = PATIENCE_S) -> OfferedCall:
        """The telephone takes the next call without anybody's hand, for it was asked to; the agent speaks."""
        call = await self.rings(within_s)
        assert call.asks_to_answer, "the telephone was not asked to answer by itself"
        call.answer()
        self.speak()
        return call

    def speak(self) -> None:
        """Sends the tone, on and on."""
        assert self.call is not None
        self.call.play(tone_frames(self.tone))

    async def hears(self, citizen: Citizen, within_s: float = PATIENCE_S) -> HeardTone:
        assert self.call is not None
        return await hears(self.call, citizen.tone, CITIZEN_TONES, within_s)

    async def hears_from(self, citizen: Citizen) -> None:
        """Both hear each other on the call that this agent has."""
        await both_hear(citizen, self)

    async def hang_up(self) -> None:
        assert self.call is not None
        await self.call.hang_up()

    async def dial(self, code: str) -> None:
        """Dials a star code and waits until the tone that confirms it is over."""
        call = self.phone.call(code)
        try:
            await call.answered(PATIENCE_S)
            await call.ended(PATIENCE_S)
        finally:
            await call.hang_up()

    async def vanish(self) -> None:
        """The telephone is gone without a word: power cut, cable pulled out."""
        if self.phone._registration is not None:
            self.phone._registration.stop()
        for call in self.phone.calls:
            call.stream.close()
        self.phone._wire.close()


class Exchange:
    """Opens telephones at a site, and closes them all."""

    def __init__(self, site: Site, watch: Watch, secret: Callable[[str], str]) -> None:
        self.site = site
        self.watch = watch
        self._secret = secret
        self._numbers = itertools.count(1)
        self._trunk: Phone | None = None
        self.timing = Timing()
        self.desks: dict[str, Desk] = {}
        self.citizens: list[Citizen] = []

    @property
    def server(self) -> tuple[str, int]:
        return self.site.host, SIP_PORT

    async def trunk(self) -> Phone:
        """The telephone that all citizens call from, as an operator's trunk would."""
        if self._trunk is None:
            self._trunk = await Phone.open("operateur", host=self.site.trunk, server=self.server, timing=self.timing)
        return self._trunk

    async def citizen(self, number: str = DIRECT, *, like: Citizen | None = None, **more: Any) -> Citizen:
        """Somebody calls `number`, from a telephone of their own or from that of somebody who called before."""
        count = next(self._numbers)
        own = f"06399810{count:02d}" if count < 100 else f"0639982{count:03d}"
        own = like.number if like is not None else own
        call = (await self.trunk()).call(number, from_number=own, **more)
        citizen = Citizen(own, CITIZEN_TONES[(7 * count) % len(CITIZEN_TONES)], call, self.watch)
        self.citizens.append(citizen)
        return citizen

    async def desk(self, number: int) -> Desk:
        """Agent `number` at the telephone, registered."""
        name, account = f"a{number}", phone_of(number)
        phone = await Phone.open(account, host=self.site.office, server=self.server)
        tone = AGENT_TONES[(7 * number) % len(AGENT_TONES)]
        desk = self.desks[name] = Desk(name, phone, tone)
        await phone.register(account, self._secret(account))
        return desk

    async def close(self) -> None:
        """Hangs up, and takes every registration back, of telephones that vanished too."""
        await asyncio.gather(*(citizen.call.hang_up() for citizen in self.citizens), return_exceptions=True)
        if self._trunk is not None:
            await self._trunk.close(1.0)
        await asyncio.gather(*(self._close(desk) for desk in self.desks.values()))

    async def _close(self, desk: Desk) -> None:
        if not desk.phone.registered:
            with contextlib.suppress(Exception):  # an Asterisk that is gone has no registrations
                again = await Phone.open(desk.phone.user, host=self.site.office, server=self.server)
                await again.register(desk.phone.user, self._secret(desk.phone.user), timeout_s=1.0)
                await again.close(1.0)
        await desk.phone.close(1.0)


async def until(look: Callable[[], Any], what: str, within_s: float = PATIENCE_S, every_s: float = _LOOK_S) -> Any:
    """Waits until sound, or a telephone, is as `look` wants it; a telephone tells only when it is asked."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + within_s
    while not (found := look()):
        assert loop.time() < end_s, f"{what}: not so within {within_s:g} s"
        await asyncio.sleep(every_s)
    return found


async def hears(call: Call, hz: int, grid: Sequence[int], within_s: float = PATIENCE_S) -> HeardTone:
    """Waits until that very tone is heard on the call."""

    def look() -> HeardTone | None:
        tone = hear(call.heard, grid)
        return tone if tone is not None and tone.hz == hz else None

    try:
        found = await until(look, f"tone of {hz} Hz", within_s, _LISTEN_S)
    except AssertionError as missing:
        raise AssertionError(f"{missing}; {_at_ear(call, grid)}") from None
    assert isinstance(found, HeardTone)
    return found


def _at_ear(call: Call, grid: Sequence[int]) -> str:
    """What was heard instead, and whether this process keeps up with the sound."""
    stream, ticker = call.stream, Ticker.shared()
    sound = call.heard.last(0.4).samples
    age_ms = now_ms() - (call.heard.last_ms or 0.0)
    return (
        f"{call.state}, heard {strongest_tone(sound, grid)} at {level_dbfs(sound):.0f} dBFS {age_ms:.0f} ms ago; "
        f"sent {stream.sent}, received {stream.received}, lost {stream.lost}, refused {stream.refused}; "
        f"this process stalled {ticker.stalls} times and was {ticker.worst_late_ms:.0f} ms late"
    )


async def all_hear(pairs: Sequence[tuple[Citizen, Desk]], within_s: float = PATIENCE_S) -> None:
    """Each hears the other in sound that comes from now on; ten pairs at a time, so that listening disturbs nobody."""
    for start in range(0, len(pairs), 10):
        some = pairs[start : start + 10]
        for citizen, desk in some:
            assert desk.call is not None
            citizen.call.heard.clear()
            desk.call.heard.clear()
        await asyncio.gather(*(both_hear(citizen, desk, within_s) for citizen, desk in some))


async def both_hear(citizen: Citizen, desk: Desk, within_s: float = PATIENCE_S) -> None:
    """Sound goes both ways: each recognises the tone that the other alone sends."""
    citizen.speak()
    await asyncio.gather(citizen.hears_agent(desk, within_s), desk.hears(citizen, within_s))


def music(call: Call) -> bool:
    """Whether the last half second was sound, and nobody's tone."""
    return (
        level_dbfs(call.heard.last(0.5).samples) > SILENT_DBFS
        and hear(call.heard, AGENT_TONES) is None
        and hear(call.heard, CITIZEN_TONES) is None
    )


def heard_until_ms(call: Call, wanted: Samples, since_ms: float) -> float:
    """When (Unix ms) the last tenth of a second of `wanted` was heard that follows its beginning without a hole."""
    recording = call.heard.since(since_ms)
    piece = RATE_HZ // 10
    lag = round(correlate(wanted[: 4 * piece], recording.samples).lag_ms * 8)
    end = 0
    for start in range(0, len(wanted) - piece, piece):
        heard = recording.samples[lag + start : lag + start + piece].astype(np.float64)
        meant = wanted[start : start + piece].astype(np.float64)
        if len(heard) < piece or not heard.any() or np.corrcoef(heard, meant)[0, 1] < FOUND:
            break
        end = start + piece
    assert end, "the signal was not heard at all"
    return recording.start_ms + (lag + end) / 8


async def hears_signal(call: Call, wanted: Samples, within_s: float = PATIENCE_S) -> float:
    """Waits until `wanted` was heard whole among the last seconds; gives the correlation."""

    def look() -> float | None:
        score = correlate(wanted, call.heard.last(len(wanted) / 8_000 + 3.0).samples).score
        return score if score > FOUND else None

    return float(await until(look, f"signal of {len(wanted) / 8000:.1f} s", within_s))
