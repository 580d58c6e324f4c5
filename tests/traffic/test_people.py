"""Citizens and agents who call each other directly, without a centre between them."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from traffic.offered import OfferedCall
from traffic.people import AfterPrompt, AgentAtPhone, AtSecond, Citizen, Spread, Step
from traffic.phone import Phone
from traffic.report import CallReport, Happening, two_way_audio
from traffic.sound import encode_alaw, silence_frames, tone, tone_frames
from traffic.tones import AGENT_TONES, ToneBook

SOON = Spread(0.05, 0.1, 0.2)
LONG = Spread(60, 60, 60)


@dataclass
class Desk:
    """An agent at work, a line to call from, and everything that is told."""

    line: Phone
    told: list[Happening] = field(default_factory=list)
    reports: asyncio.Queue[CallReport] = field(default_factory=asyncio.Queue)

    def tell(self, happening: Happening) -> None:
        self.told.append(happening)
        if happening.report and happening.report.party == "agent":
            self.reports.put_nowait(happening.report)

    def kinds(self, who: str) -> list[str]:
        return [happening.kind for happening in self.told if happening.who == who]

    async def report(self) -> CallReport:
        async with asyncio.timeout(5):
            return await self.reports.get()

    async def call(self, **wishes: Any) -> CallReport:
        citizen = Citizen(**{"number": "agent", "tone_hz": 500, "patience_s": 5, **wishes})
        return await citizen.call(self.line, self.tell)


@contextlib.asynccontextmanager
async def desk(agent: AgentAtPhone) -> AsyncIterator[Desk]:
    async with (
        await Phone.open("switch", on_call=lambda call: call.reject(404)) as switch,
        await Phone.open(agent.user, server=switch.address) as phone,
        await Phone.open("line", server=phone.address) as line,
    ):
        made = Desk(line)
        working = asyncio.create_task(agent.work(phone, random.Random(1), ToneBook(AGENT_TONES), made.tell))
        yield made
        working.cancel()
        await asyncio.wait({working})
        assert working.cancelled(), "an agent works until told to stop"


async def test_both_hear_each_other_and_the_agent_hangs_up() -> None:
    async with desk(AgentAtPhone(user="agent", secret="", rings=SOON, talks=Spread(3, 3, 3), hangs_up=1)) as here:
        citizen = await here.call(words=encode_alaw(tone(3600, 0.3)), talk_s=30)
        agent = await here.report()
    assert two_way_audio(citizen, agent)
    assert (citizen.ended_by, agent.ended_by, citizen.code, agent.code) == ("them", "us", 200, 200)
    assert citizen.answered_ms is not None
    assert citizen.heard is not None
    assert agent.heard is not None
    assert citizen.begun_ms < citizen.answered_ms < citizen.ended_ms
    assert agent.heard.since_ms - citizen.heard.since_ms > 300, "the words come before the tone"
    assert here.kinds("agent") == ["offered", "agent_answered", "heard", "ended"]
    assert here.kinds("0639980000") == ["dialled", "answered", "heard", "ended"]
    assert citizen.lost == agent.lost == 0


async def test_the_citizen_hangs_up_and_the_agent_dials_the_star_code() -> None:
    agent = AgentAtPhone(
        user="agent", secret="", rings=SOON, talks=LONG, hangs_up=0, wraps_up=SOON, wrap_up_number="*12"
    )
    async with desk(agent) as here:
        citizen = await here.call(talk_s=1.5)
        assert (await here.report()).ended_by == "them"
        assert citizen.ended_by == "us"
        async with asyncio.timeout(3):
            while "wrap_up_ended" not in here.kinds("agent"):  # noqa: ASYNC110  # a list signals nothing
                await asyncio.sleep(0.01)
    (ended,) = [happening for happening in here.told if happening.kind == "wrap_up_ended"]
    assert ended.details["code"] == 404, "the switch of this test knows no star code; the agent goes on"


async def test_an_agent_may_refuse() -> None:
    async with desk(AgentAtPhone(user="agent", secret="", rings=SOON, rejects=1)) as here:
        assert (await here.call()).code == 486
        assert (await here.report()).ended_by == "us"


async def test_a_call_that_is_missed_ends_with_the_callers_patience() -> None:
    async with desk(AgentAtPhone(user="agent", secret="", misses=1)) as here:
        citizen = await here.call(patience_s=0.3)
        agent = await here.report()
    assert (citizen.code, citizen.ended_by, citizen.answered_ms) == (487, "us", None)
    assert (agent.code, agent.ended_by, agent.answered_ms) == (487, "them", None)


async def test_a_second_call_finds_the_agent_busy() -> None:
    async with desk(AgentAtPhone(user="agent", secret="", rings=SOON, talks=LONG, hangs_up=0)) as here:
        first = asyncio.create_task(here.call(talk_s=1.0))
        async with asyncio.timeout(3):
            while "agent_answered" not in here.kinds("agent"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert (await here.call(tone_hz=510)).code == 486
        assert (await first).code == 200
        assert "busy" in here.kinds("agent")


async def test_giving_up_a_person_hangs_up() -> None:
    async with desk(AgentAtPhone(user="agent", secret="", rings=SOON, talks=LONG, hangs_up=0)) as here:
        calling = asyncio.create_task(here.call(talk_s=60))
        async with asyncio.timeout(3):
            while "agent_answered" not in here.kinds("agent"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert (await here.report()).ended_by == "them"
        assert here.kinds("0639980000")[-1] == "ended", "the report is told even so"


@contextlib.asynccontextmanager
async def voice_menu(prompt: Callable[[], Any]) -> AsyncIterator[tuple[Phone, Phone]]:
    """A telephone that answers and plays a prompt; and a line to call it."""

    def answer(call: OfferedCall) -> None:
        call.answer()
        call.play(prompt())

    async with (
        await Phone.open("menu", on_call=answer) as menu,
        await Phone.open("line", server=menu.address) as line,
    ):
        yield menu, line


async def test_keys_follow_the_prompt_or_the_clock() -> None:
    told: list[Happening] = []
    async with voice_menu(lambda: tone_frames(700, seconds=0.8)) as (menu, line):
        script = (Step(AfterPrompt(), keys="12"), Step(AtSecond(2.0), keys="#"))
        citizen = Citizen(number="menu", tone_hz=500, script=script, talk_s=0.2, waits_for_agent=False)
        calling = asyncio.create_task(citizen.call(line, told.append))
        async with asyncio.timeout(5):
            while not menu.calls:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        (call,) = menu.calls
        report = await calling
    assert report.answered_ms is not None
    assert report.first_key_ms is not None
    # The prompt lasts 800 ms, silence is believed after 600 more.
    assert 1350 < report.first_key_ms - report.answered_ms < 1700
    first, second, third = call.keys_heard
    assert (first.key, second.key, third.key) == ("1", "2", "#")
    assert third.at_ms - report.answered_ms == pytest.approx(2000, abs=60)


async def test_a_prompt_that_never_comes_is_not_waited_for_forever() -> None:
    async with voice_menu(lambda: silence_frames(9)) as (_, line):
        script = (Step(AfterPrompt(0.3), words=encode_alaw(tone(2000, 0.1))),)
        citizen = Citizen(number="menu", tone_hz=500, script=script, talk_s=0, waits_for_agent=False)
        told: list[Happening] = []
        report = await citizen.call(line, told.append)
    assert [happening.kind for happening in told] == ["dialled", "answered", "spoke", "ended"]
    assert (report.code, report.first_key_ms) == (200, None)


async def test_nobody_dials_a_key_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="was '1x'"):
        Step(AtSecond(1), keys="1x")


def test_a_spread_stays_within_its_bounds_and_repeats_with_its_seed() -> None:
    spread = Spread(1, 2, 10)
    drawn = [spread.draw(random.Random(seed)) for seed in range(200)]
    assert 1 <= min(drawn) < 2.5
    assert 7 < max(drawn) <= 10
    assert drawn == [spread.draw(random.Random(seed)) for seed in range(200)]
    with pytest.raises(ValueError, match="low <= typical <= high"):
        Spread(2, 1, 3)
