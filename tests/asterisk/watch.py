"""What is known of a running centre: every step it kept, and waiting for a fact instead of sleeping."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from core import events as e
from core.errors import JournalFault
from core.events.base import Event
from core.step import Step
from runtime.memory import Reading, reading
from runtime.places import Places
from runtime.settings import JournalSettings
from runtime.telling import story

Fact = TypeVar("Fact", bound=Event)

PATIENCE_S: Final = 30.0
"""How long a test waits for what should come: generous, for it only bounds a test that fails."""

_LOOK_S: Final = 0.02


class Watch:
    """The steps of a centre, in order, and who waits for more."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._facts: list[tuple[Step, Event]] = []
        self._news: set[asyncio.Event] = set()

    @property
    def last_seq(self) -> int:
        return self.steps[-1].seq if self.steps else 0

    def take(self, step: Step) -> None:
        """The next step; one that is known already is no news."""
        if step.seq <= self.last_seq:
            return
        self.steps.append(step)
        self._facts += [(step, fact) for fact in (step.input, *step.facts)]
        for news in self._news:
            news.set()

    def forget(self) -> None:
        """A journal that begins again begins with step 1."""
        self.steps.clear()
        self._facts.clear()

    def facts(self, kind: type[Fact], **fields: Any) -> list[Fact]:
        """Every fact of that kind with these values, oldest first."""
        return [fact for _, fact in self._matching(kind, fields)]

    def times_ms(self, kind: type[Event], **fields: Any) -> list[int]:
        """When such facts came to be."""
        return [step.now_ms for step, _ in self._matching(kind, fields)]

    def _matching(self, kind: type[Fact], fields: dict[str, Any]) -> Iterator[tuple[Step, Fact]]:
        for step, fact in self._facts:
            if isinstance(fact, kind) and all(getattr(fact, name) == value for name, value in fields.items()):
                yield step, fact

    async def fact(self, kind: type[Fact], within_s: float = PATIENCE_S, *, nth: int = 1, **fields: Any) -> Fact:
        """The `nth` fact of that kind with these values; waits for it.  AssertionError if it does not come."""
        what = f"{kind.__name__} {fields} ({nth})"
        found: list[Fact] = await self.until(lambda: self.facts(kind, **fields)[nth - 1 :], what, within_s)
        return found[0]

    async def until(self, look: Callable[[], Any], what: str, within_s: float = PATIENCE_S) -> Any:
        """Waits, step after step, until `look` gives something true, and gives that."""
        news = asyncio.Event()
        self._news.add(news)
        try:
            async with asyncio.timeout(within_s):
                while not (found := look()):
                    await news.wait()
                    news.clear()
                return found
        except TimeoutError:
            raise AssertionError(f"{what}: not seen within {within_s:g} s") from None
        finally:
            self._news.discard(news)

    async def interaction_of(self, number: str) -> str:
        """The interaction of the caller with that number (E.164)."""

        def arrived() -> list[str]:
            calls = self.facts(e.CallArrived)
            return [call.interaction for call in calls if call.caller is not None and call.caller.text == number]

        found = await self.until(arrived, f"CallArrived from …{number[-4:]}")
        return str(found[-1])

    def agent_states(self) -> dict[str, str]:
        """What each agent does now; an agent of whom nothing is known is logged out."""
        states: dict[str, str] = {}
        for _, fact in self._facts:
            if isinstance(fact, e.AgentStateChanged):
                states[fact.agent] = fact.state
            elif isinstance(fact, e.AgentChosen):
                states[fact.agent] = "offered"
        return states

    async def agent(self, name: str, state: str, within_s: float = PATIENCE_S) -> None:
        """Waits until the agent is in that state."""
        await self.until(lambda: self.agent_states().get(name) == state, f"{name} {state}", within_s)

    def here(self) -> set[str]:
        """The interactions that have not ended."""
        arrived = {fact.interaction for fact in (*self.facts(e.CallArrived), *self.facts(e.CallPlaced))}
        return arrived - {fact.interaction for fact in self.facts(e.InteractionEnded)}

    def told(self) -> str:
        """The story of eight interactions, to be read when a test fails: first of those who were offered twice."""
        begun = (*self.facts(e.CallArrived), *self.facts(e.DialAsked))
        offers = Counter(fact.interaction for fact in self.facts(e.AgentChosen))
        interactions = sorted(dict.fromkeys(fact.interaction for fact in begun), key=lambda one: -offers[one])
        return "\n\n".join(story.table(self.steps, interaction) for interaction in interactions[:8])

    def broken_laws(self) -> list[str]:
        """What must never be, whatever happened: an agent with two calls, a call that ends twice, a bug of ours."""
        found = [f"bug: {fact.error} on {fact.fact} in {fact.mind}" for fact in self.facts(e.Broken)]
        busy: dict[str, str] = {}
        for _, fact in self._facts:
            if isinstance(fact, e.AgentChosen):
                if fact.agent in busy:
                    found.append(f"{fact.agent} was offered {fact.interaction} while with {busy[fact.agent]}")
                busy[fact.agent] = fact.interaction
            elif isinstance(fact, e.AgentStateChanged) and fact.state not in ("on_interaction", "offered"):
                busy.pop(fact.agent, None)
        ended = [fact.interaction for fact in self.facts(e.InteractionEnded)]
        return found + [f"{one} ended {ended.count(one)} times" for one in sorted(set(ended)) if ended.count(one) > 1]


@contextlib.asynccontextmanager
async def following(journal: JournalSettings, run: Path, watch: Watch) -> AsyncIterator[None]:
    """Reads another process's journal into `watch`, as it is written."""
    task = asyncio.get_running_loop().create_task(_follow(journal, Places(run=run), watch), name="following")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _follow(journal: JournalSettings, places: Places, watch: Watch) -> None:
    reader: Reading | None = None
    while True:
        try:
            reader = reader or reading(journal, places)
            for step in reader.steps(since_seq=watch.last_seq + 1):
                watch.take(step)
        except JournalFault:  # not yet made, just being mended by a start, or its server is away
            reader = None
        await asyncio.sleep(_LOOK_S)
