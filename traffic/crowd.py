"""Many people at once: agents at their telephones, citizens who dial one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator

from traffic.call import State
from traffic.clock import now_ms
from traffic.errors import BadMessage, NoSpeech, Refused, TooLong
from traffic.offered import OfferedCall
from traffic.people import AgentAtPhone, Citizen, Step
from traffic.phone import Phone
from traffic.plan import Plan, Weighted
from traffic.report import Happening, Tell
from traffic.sound import tone_frames
from traffic.speech import speak
from traffic.tally import Tally
from traffic.ticker import Ticker
from traffic.tones import AGENT_TONES, CITIZEN_TONES, ToneBook

_SIGN_IN_S = 10.0
_SIGN_IN_AGAIN_S = 5.0
_SETTLE_S = 10.0
_PICKS_UP_S = 3.0  # a telephone at home rings twice
_SPEAKERS = 4  # espeak-ng processes at a time


class Crowd:
    """Lives a plan.  Everything drawn by lot comes from the plan's seed, per person: who calls
    what does not depend on how fast the machine is."""

    def __init__(self, plan: Plan, tell: Tell) -> None:
        self._plan = plan
        self._told = tell
        self._tally = Tally()
        self._agent_legs = 0
        self._agents_idle = asyncio.Event()
        self._agents_idle.set()
        self._citizen_tones = ToneBook(CITIZEN_TONES)
        self._agent_tones = ToneBook(AGENT_TONES)
        self._words: dict[str, bytes] = {}

    async def run(self) -> None:
        """Run until the planned calls have ended.  Cancelling hangs up, unregisters and returns.

        Ends with a ``summary`` happening in both cases.
        """
        with contextlib.suppress(asyncio.CancelledError):
            await self._prepare_words()
            async with self._staff(), await self._trunk() as trunk, self._at_home(trunk):
                await self._dial_all(trunk)
        ticker = Ticker.shared()
        machine = {"worst_late_ms": round(ticker.worst_late_ms, 1), "stalls": ticker.stalls}
        self._say("summary", "crowd", **self._tally.as_json(), **machine)

    # -- agents --------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _staff(self) -> AsyncIterator[None]:
        """Sign all agents in, let them work in the background; at the end sign them out."""
        phones = [await self._phone(agent.user) for agent in self._plan.agents]
        people = list(zip(self._plan.agents, phones, strict=True))
        try:
            await asyncio.gather(*(self._sign_in(agent, phone) for agent, phone in people))
            async with asyncio.TaskGroup() as desks:
                working = [desks.create_task(self._work(agent, phone)) for agent, phone in people]
                yield
                # Agents' legs of the last calls end by themselves a moment later: their reports count.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._agents_idle.wait(), _SETTLE_S)
                for task in working:
                    task.cancel()
        finally:
            await asyncio.gather(*(phone.close() for phone in phones))

    async def _sign_in(self, agent: AgentAtPhone, phone: Phone) -> bool:
        try:
            await phone.register(agent.user, agent.secret, timeout_s=_SIGN_IN_S)
        except (Refused, TooLong, BadMessage) as error:
            self._say("not_registered", agent.user, why=str(error))
            return False
        self._say("registered", agent.user)
        return True

    async def _work(self, agent: AgentAtPhone, phone: Phone) -> None:
        while not phone.registered and not await self._sign_in(agent, phone):  # noqa: ASYNC110  # tries again, polls nothing
            await asyncio.sleep(_SIGN_IN_AGAIN_S)
        chance = random.Random(f"{self._plan.seed}/{agent.user}")
        await agent.work(phone, chance, self._agent_tones, self._tell)

    # -- citizens ------------------------------------------------------------------------------

    async def _trunk(self) -> Phone:
        """At the port where calls to the public are sent, unless another program has it: then nobody can be called."""
        plan = self._plan
        try:
            return await self._phone(plan.trunk_user, plan.trunk_secret, plan.trunk_port)
        except OSError as error:
            self._say("trunk_port_taken", plan.trunk_user, why=str(error))
            return await self._phone(plan.trunk_user, plan.trunk_secret)

    @contextlib.asynccontextmanager
    async def _at_home(self, trunk: Phone) -> AsyncIterator[None]:
        """Whoever is called by way of the trunk answers, speaks and hangs up."""
        async with asyncio.TaskGroup() as homes:

            async def listen() -> None:
                while True:
                    homes.create_task(self._answer(await trunk.incoming.get()))

            listening = homes.create_task(listen())
            yield
            listening.cancel()

    async def _answer(self, call: OfferedCall) -> None:
        """They are not counted: who called whom is the centre's to tell."""
        chance = random.Random(f"{self._plan.seed}/home/{call.call_id}")
        tone_hz = self._citizen_tones.take()
        try:
            call.ring()
            await asyncio.sleep(_PICKS_UP_S)
            if call.state is State.ENDED:
                return
            call.answer()
            call.play(tone_frames(tone_hz))
            with contextlib.suppress(TooLong):
                await call.ended(self._plan.talk_s.draw(chance))
            await call.hang_up()
        finally:
            self._citizen_tones.give_back(tone_hz)

    async def _dial_all(self, trunk: Phone) -> None:
        """Dial at random moments, at the planned rate on average (Poisson), then wait for all."""
        pace = random.Random(f"{self._plan.seed}/pace")
        loop = asyncio.get_running_loop()
        begin_s = loop.time()
        planned = itertools.count() if self._plan.calls is None else range(self._plan.calls)
        async with asyncio.TaskGroup() as calls:
            for number in planned:
                await asyncio.sleep(begin_s - loop.time())
                calls.create_task(self._one_call(number, trunk))
                begin_s += pace.expovariate(self._plan.per_minute / 60)

    async def _one_call(self, number: int, trunk: Phone) -> None:
        tone_hz = self._citizen_tones.take()
        try:
            citizen = self._draw_citizen(number, tone_hz)
            await citizen.call(trunk, self._tell)
        finally:
            self._citizen_tones.give_back(tone_hz)

    def _draw_citizen(self, number: int, tone_hz: int) -> Citizen:
        plan, chance = self._plan, random.Random(f"{self._plan.seed}/citizen/{number}")
        script = _draw(plan.scripts, chance).steps if plan.scripts else ()
        sentence = chance.choice(plan.sentences) if plan.sentences else ""
        return Citizen(
            number=_draw(plan.numbers, chance).number,
            tone_hz=tone_hz,
            # 06 39 98 XX XX: kept by ARCEP for fiction, nobody's number.
            from_number=f"063998{number % 10_000:04d}",
            privacy=chance.random() < plan.withheld,
            headers=plan.trunk_headers,
            script=tuple(Step(step.when, keys=step.press, words=self._words.get(step.say, b"")) for step in script),
            words=self._words.get(sentence, b""),
            patience_s=plan.patience_s.draw(chance),
            talk_s=plan.talk_s.draw(chance),
        )

    async def _prepare_words(self) -> None:
        """Speak every sentence of the plan once.  Without espeak-ng people say only their tone."""
        steps = (step for script in self._plan.scripts for step in script.steps)
        texts = sorted({*self._plan.sentences, *(step.say for step in steps)} - {""})
        speakers = asyncio.Semaphore(_SPEAKERS)

        async def prepare(text: str) -> None:
            async with speakers:
                self._words[text] = await speak(text, voice=self._plan.voice)

        try:
            await asyncio.gather(*(prepare(text) for text in texts))
        except NoSpeech as error:
            self._say("no_speech", "crowd", why=str(error))

    # -- both ----------------------------------------------------------------------------------

    async def _phone(self, user: str, secret: str | None = None, port: int = 0) -> Phone:
        plan = self._plan
        return await Phone.open(user, host=plan.bind, port=port, server=plan.server, secret=secret, keep_s=5.0)

    def _tell(self, happening: Happening) -> None:
        self._told(happening)
        report = happening.report
        if happening.kind == "offered":
            self._count_agent_legs(1)
        elif report is not None:
            for citizen, agent in self._tally.add(report):
                self._say("talked", citizen.who, agent=agent.who, tones_hz=[citizen.tone_hz, agent.tone_hz])
            self._count_agent_legs(-int(report.party == "agent"))

    def _count_agent_legs(self, change: int) -> None:
        self._agent_legs += change
        if self._agent_legs:
            self._agents_idle.clear()
        else:
            self._agents_idle.set()

    def _say(self, kind: str, who: str, **details: object) -> None:
        self._tell(Happening(kind, now_ms(), who, details))


def _draw(choices: tuple[Weighted, ...], chance: random.Random) -> Weighted:
    return chance.choices(choices, [choice.weight for choice in choices])[0]
