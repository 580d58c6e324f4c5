"""Conservation: what pages and the wallboard show, folded from facts, adds up and is what the kernel knows.

Each second of each agent who is logged in is in exactly one state; everybody who came is here or has one outcome; and
whoever was offered to a queue was answered, gave up, went on to another, left for something else, or waits there.
"""

from __future__ import annotations

from collections import Counter
from typing import Final
from zoneinfo import ZoneInfo

from core import events as e
from core.occupancy import Spent, Team
from core.step import Step
from runtime.kernel import Kernel
from runtime.telling.view import View
from softphone_ui.picture import ZONE, Picture
from softphone_ui.rows import day_of
from tests.centres import START_MS
from tests.simulation.broken_law import check

LOGGED_OUT: Final = "logged_out"


class CountLaws:
    """Hears every step that is kept; where the kernel is ahead of the step, what it knows is looked at later."""

    def __init__(self) -> None:
        self._view: View | None = None
        self._picture: Picture | None = None
        self._last_ms = 0
        self._states: dict[str, str] = {}
        self._spent: dict[str, Counter[str]] = {}
        self._since_ms: dict[str, int] = {}
        self._logged_ms: Counter[str] = Counter()

    def after(self, step: Step, kernel: Kernel) -> None:
        if self._view is None or self._picture is None:
            self._view, self._picture = View(kernel.configurations.now), Picture(kernel.configurations.now)
        self._view.fold(step)
        self._picture.take((step.input, *step.facts), step.now_ms)
        self._time(step)
        if step.seq != kernel.seq:
            return
        for name, row in kernel.mind("acd").agents.items():
            shown = self._picture.agents[name].state, self._view.agents[name].state
            check(shown == (row.state, row.state), f"pages and wallboard show {name}: {shown}, is {row.state}")
            check(self._states.get(name, LOGGED_OUT) == row.state, f"{name} is told to be {self._states.get(name)}")
            self._adds_up(name, step.now_ms)
        self._teams(step.now_ms)
        self._everybody(kernel)

    def _teams(self, now_ms: int) -> None:
        """A team's time is that of its people, none more and none less; counted for a day of the calendar."""
        assert self._picture is not None
        if day_of(now_ms, ZoneInfo(ZONE)) != day_of(START_MS, ZoneInfo(ZONE)):
            return
        theirs: dict[Team, Spent] = {}
        for name, agent in self._picture.centre.agents.items():
            spent = self._spent.get(name, Counter())
            busy_ms = sum(spent[state] for state in ("on_interaction", "wrap_up", "on_task"))
            one = Spent(busy_ms=busy_ms, free_ms=spent["available"])
            for queue in agent.queues if one.occupancy is not None else ():
                theirs.setdefault((queue, agent.tenants), Spent()).add(one)
        told = {team: one for team, one in self._picture.occupancy.until(now_ms).items() if one.occupancy is not None}
        check(told == theirs, f"teams were at work for {told}, their people for {theirs}")

    def _time(self, step: Step) -> None:
        """The time since the last step, to the state that held; then the states that hold now."""
        passed_ms, self._last_ms = step.now_ms - self._last_ms, step.now_ms
        for name, state in self._states.items():
            self._spent[name][state] += passed_ms
        for fact in step.facts:
            if isinstance(fact, e.AgentStateChanged):
                self._becomes(fact.agent, fact.state, step.now_ms)
            elif isinstance(fact, e.AgentChosen | e.WorkOffered):
                self._becomes(fact.agent, "offered", step.now_ms)

    def _becomes(self, name: str, state: str, now_ms: int) -> None:
        before = self._states.get(name, LOGGED_OUT)
        self._states[name] = state
        self._spent.setdefault(name, Counter())
        if before == LOGGED_OUT != state:
            self._since_ms[name] = now_ms
        elif before != LOGGED_OUT == state:
            self._logged_ms[name] += now_ms - self._since_ms.pop(name)

    def _adds_up(self, name: str, now_ms: int) -> None:
        """From log-in to log-out: as long as all states together."""
        here_ms = now_ms - self._since_ms[name] if name in self._since_ms else 0
        told_ms = sum(ms for state, ms in self._spent.get(name, Counter()).items() if state != LOGGED_OUT)
        logged_ms = self._logged_ms[name] + here_ms
        check(told_ms == logged_ms, f"{name} was logged in for {logged_ms} ms, and in some state for {told_ms} ms")

    def _everybody(self, kernel: Kernel) -> None:
        view, picture = self._view, self._picture
        assert view is not None
        assert picture is not None
        came = {name for name, row in kernel.mind("ledger").interactions.items() if not row.outgoing}
        check(set(view.lines) == came, "the wallboard shows who is here")
        check(view.arrived == len(view.lines) + sum(view.ended.values()), "arrived = outcomes + still here")
        calls = kernel.mind("calls").calls
        talks = {key for key, call in calls.items() if call.consult is not None}  # meanwhile another agent is asked
        waits = {key for key, row in kernel.mind("acd").contacts.items() if not row.task} - talks
        shown = {key for key, contact in picture.contacts.items() if contact.waiting} - talks
        check(waits == shown, f"pages show who waits: {sorted(shown)} are {sorted(waits)}")
        self._waits(kernel)

    def _waits(self, kernel: Kernel) -> None:
        """Whoever was offered to a queue, as often as they were, has that wait behind them or waits there."""
        assert self._picture is not None
        waits = self._picture.waits
        rows = kernel.mind("acd").contacts.items()
        here = {key: (row.need.queue, row.need.tenant) for key, row in rows if not row.task}
        counted = {key: begun.of for key, begun in waits.waiting.items()}
        check(here == counted, f"counted as waiting: {sorted(counted)} are {sorted(here)}")
        still = Counter(counted.values())
        for key, counts in waits.counts.items():
            over = counts.answered + counts.abandoned + counts.moved + counts.left
            told = f"offered to {key}: {counts.offered}, with an end {over}, waiting {still[key]}"
            check(counts.offered == over + still[key], told)
