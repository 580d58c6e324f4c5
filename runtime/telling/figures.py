"""What the centre counts, in the field's terms, as Prometheus reads it.

What is true now, and what the ledger has counted since the journal began, is read off the kernel when somebody asks: a
restart does not begin at zero.  Waits and offers are folded from kept steps, from the start of this process on.  Labels
are names of the configuration and words of our tables: nobody's number or name, and no more series than the
configuration has queues, trunks and services.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, get_args

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client import Counter as Counted
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from acd.state import State as Distribution
from calls.lines import reachable, used
from core import events as e
from core import limits
from core.events.base import Event
from core.events.calls import Outcome
from core.events.distribution import AgentState
from core.interaction import LIFE, Ledger
from core.occupancy import DOING, LEAST, Occupancy, Spent
from core.queue_counts import Begun, Counts, How, QueueCounts
from core.step import Step
from runtime.kernel import Kernel

Family = CounterMetricFamily | GaugeMetricFamily
Probe = Callable[[], float]

STATES: Final = tuple(state for state in LIFE.table if state != "ended")
SUSPICIONS: Final = ("refused", "costly", "short")
# Waits that people speak of: the targets of queues lie between 20 seconds and a few minutes.
WAIT_BUCKETS_S: Final = (1, 2, 5, 10, 20, 30, 60, 90, 120, 180, 300, 600)


class Figures:
    """`hear` every kept step; `exposed` gives the page.  `probes` are gauges of the machinery: (name, help) → value."""

    def __init__(self, kernel: Kernel, now_ms: Callable[[], int], probes: dict[tuple[str, str], Probe]) -> None:
        self._kernel = kernel
        self._now_ms = now_ms
        self._probes = probes
        self._registry = CollectorRegistry()
        self._registry.register(_Now(self._now))
        self._wait = Histogram(
            "allo_answer_wait_seconds",
            "Wait in queue of answered interactions, since the start",
            ["queue"],
            buckets=WAIT_BUCKETS_S,
            registry=self._registry,
        )
        self._overran = Counted(
            "allo_pauses_overran", "Pauses that lasted longer than they may", ["reason"], registry=self._registry
        )
        self._missed = Counted("allo_offers_missed", "Telephones that rang in vain", registry=self._registry)
        self._suspected = Counted(
            "allo_fraud_suspected", "Outgoing calls like those of a stolen account", ["why"], registry=self._registry
        )
        for why in SUSPICIONS:
            self._suspected.labels(why)
        self._second = Counted(
            "allo_second_opinions", "Readings that an outside engine was asked about", ["how"], registry=self._registry
        )
        for how in ("taken", "kept", "failed"):
            self._second.labels(how)
        self._broken = Counted("allo_bugs", "Steps that broke: bugs of ours", registry=self._registry)
        self._failed = Counted("allo_orders_failed", "Orders that a peer could not do", registry=self._registry)
        self._occupancy = Occupancy()
        for name, row in kernel.mind("acd").agents.items():
            self._occupancy.becomes(name, row.state, kernel.now_ms, kernel.configurations.now.agents)
        self._waits = QueueCounts()
        for interaction, row in kernel.mind("acd").contacts.items():
            if not row.task:
                self._waits.waiting[interaction] = Begun((row.need.queue, row.need.tenant), row.queued_at_ms)
        self._waits.anew()
        self.webhooks: dict[str, tuple[int, int]] = {}
        """By receiver: how many webhooks wait, how many were given up; read by whoever may wait for a disk."""

    def hear(self, step: Step) -> None:
        """Takes a kept step."""
        for fact in (step.input, *step.facts):
            centre = self._kernel.configurations.now
            self._occupancy.take(fact, step.now_ms, centre.agents)
            over = self._waits.take(fact, step.now_ms, centre.queues)
            if over is not None and over.how == "answered":
                self._wait.labels(over.of[0]).observe(over.waited_ms / 1000)
            if (count := _COUNTED.get(type(fact))) is not None:
                count(self, fact, step.now_ms)

    def _on_missed(self, _fact: e.OfferMissed, _now_ms: int) -> None:
        self._missed.inc()

    def _on_overran(self, fact: e.PauseOverran, _now_ms: int) -> None:
        """One after a difficult call is nobody's: it is not counted."""
        pause = self._kernel.configurations.now.pauses.get(fact.reason)
        if pause is not None and not pause.difficult:
            self._overran.labels(fact.reason).inc()

    def _on_failed(self, _fact: e.OrderFailed, _now_ms: int) -> None:
        self._failed.inc()

    def _on_suspected(self, fact: e.FraudSuspected, _now_ms: int) -> None:
        self._suspected.labels(fact.why).inc()

    def _on_understood(self, fact: e.SpeechUnderstood, _now_ms: int) -> None:
        if fact.second:
            self._second.labels(fact.second).inc()

    def _on_broken(self, _fact: e.Broken, _now_ms: int) -> None:
        self._broken.inc()

    def exposed(self) -> bytes:
        """The page, in Prometheus' text format."""
        return generate_latest(self._registry)

    def _now(self) -> Iterator[Family]:
        yield from self._interactions()
        yield from self._agents()
        yield from self._trunks()
        yield from self._webhooks()
        for (name, what), probe in self._probes.items():
            yield GaugeMetricFamily(name, what, value=probe())

    def _interactions(self) -> Iterator[Family]:
        ledger: Ledger = self._kernel.mind("ledger")
        yield CounterMetricFamily("allo_interactions_arrived", "Reached us", value=ledger.count("arrived"))
        ended = CounterMetricFamily("allo_interactions_ended", "Ended, by outcome", labels=["outcome"])
        for outcome in get_args(Outcome):
            ended.add_metric([outcome], ledger.count(outcome))
        yield ended
        here = GaugeMetricFamily("allo_interactions", "Here now, by state", labels=["state"])
        rows = [row for _, row in ledger.interactions.items()]
        for state, count in _counted((row.state for row in rows), STATES):
            here.add_metric([state], count)
        yield here
        yield from self._queues(ledger)

    def _queues(self, ledger: Ledger) -> Iterator[Family]:
        """Always: offered = ended + waiting, for each queue."""
        offered = CounterMetricFamily(
            "allo_interactions_offered", "Began to wait in a queue, since the start or at it", labels=["queue"]
        )
        ended = CounterMetricFamily(
            "allo_waits_ended",
            "Waits in a queue that are over, by what became of them, since the start",
            labels=["queue", "how"],
        )
        waiting = GaugeMetricFamily("allo_waiting", "Waiting or offered, by queue", labels=["queue"])
        longest = GaugeMetricFamily("allo_longest_wait_seconds", "Of those waiting now, by queue", labels=["queue"])
        counts: dict[str, Counts] = {queue: Counts() for queue in self._kernel.configurations.now.queues}
        for (queue, _), of in self._waits.counts.items():
            counts.setdefault(queue, Counts()).add(of)
        since: dict[str, list[int]] = {queue: [] for queue in counts}
        for interaction, contact in self._kernel.mind("acd").contacts.items():
            row = ledger.interactions.get(interaction)
            if not contact.task and row is not None:
                since.setdefault(contact.need.queue, []).append(row.queued_at_ms or contact.queued_at_ms)
        for queue, one in counts.items():
            offered.add_metric([queue], one.offered)
            for how in get_args(How):
                ended.add_metric([queue, how], getattr(one, how))
        for queue, times in since.items():
            waiting.add_metric([queue], len(times))
            longest.add_metric([queue], max(0, self._now_ms() - min(times)) / 1000 if times else 0)
        yield from (offered, ended, waiting, longest)

    def _agents(self) -> Iterator[Family]:
        distribution: Distribution = self._kernel.mind("acd")
        agents = GaugeMetricFamily("allo_agents", "Agents, by state", labels=["state"])
        centre = self._kernel.configurations.now
        states = (distribution.agent(name, self._now_ms()).state for name in centre.agents)
        for state, count in _counted(states, get_args(AgentState)):
            agents.add_metric([state], count)
        yield agents
        paused = GaugeMetricFamily("allo_agents_paused", "Agents in each pause", labels=["reason"])
        reasons = (row.reason for name, row in distribution.agents.items() if row.state == "paused")
        for reason, count in _counted(reasons, tuple(centre.pauses)):
            paused.add_metric([reason], count)
        yield paused
        yield from self._teams(distribution)

    def _teams(self, distribution: Distribution) -> Iterator[Family]:
        """Of queues that have people enough: a figure of one or two would be one of somebody."""
        now = GaugeMetricFamily("allo_occupancy", "On an interaction, of these and the available", labels=["queue"])
        spent = CounterMetricFamily(
            "allo_team_seconds", "Time of a queue's agents, since the start", labels=["queue", "doing"]
        )
        agents = self._kernel.configurations.now.agents
        total: dict[str, Spent] = {}
        for (queue, _), one in self._occupancy.until(self._now_ms()).items():
            total.setdefault(queue, Spent()).add(one)
        for queue in self._kernel.configurations.now.queues:
            team = [name for name, agent in agents.items() if queue in agent.queues]
            if len(team) < LEAST:
                continue
            doing = Counter(DOING.get(distribution.agent(name, self._now_ms()).state) for name in team)
            at_work = Spent(busy_ms=doing["busy_ms"], free_ms=doing["free_ms"])
            now.add_metric([queue], at_work.occupancy or 0)
            one = total.get(queue, Spent())
            spent.add_metric([queue, "on_interaction"], one.busy_ms / 1000)
            spent.add_metric([queue, "available"], one.free_ms / 1000)
        yield from (now, spent)

    def _trunks(self) -> Iterator[Family]:
        taken = GaugeMetricFamily("allo_trunk_channels_used", "Channels that calls hold, by trunk", labels=["trunk"])
        there = GaugeMetricFamily("allo_trunk_channels", "Channels there are, by trunk", labels=["trunk"])
        up = GaugeMetricFamily("allo_trunk_up", "Whether the operator is reached, by trunk", labels=["trunk"])
        calls = self._kernel.mind("calls")
        for name, line in self._kernel.configurations.now.lines.items():
            taken.add_metric([name], used(calls, name))
            there.add_metric([name], line.channels)
            up.add_metric([name], reachable(calls, name))
        yield from (taken, there, up)

    def _webhooks(self) -> Iterator[Family]:
        waiting = GaugeMetricFamily("allo_webhooks_waiting", "Not delivered yet, by receiver", labels=["endpoint"])
        dead = GaugeMetricFamily("allo_webhooks_dead", "Given up, by receiver", labels=["endpoint"])
        for endpoint, counts in self.webhooks.items():
            waiting.add_metric([endpoint], counts[0])
            dead.add_metric([endpoint], counts[1])
        yield from (waiting, dead)


class _Now(Collector):
    """prometheus_client asks an object."""

    def __init__(self, families: Callable[[], Iterable[Family]]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families()

    def describe(self) -> Iterable[Family]:
        return ()


_COUNTED: Final[dict[type[Event], Callable[[Figures, Any, int], None]]] = {
    e.OfferMissed: Figures._on_missed,
    e.PauseOverran: Figures._on_overran,
    e.OrderFailed: Figures._on_failed,
    e.FraudSuspected: Figures._on_suspected,
    e.SpeechUnderstood: Figures._on_understood,
    e.Broken: Figures._on_broken,
}


def _counted(words: Iterable[str], known: tuple[str, ...]) -> list[tuple[str, int]]:
    """How often each known word comes; one that does not, none."""
    counts = Counter(words)
    return [(word, counts[word]) for word in known]


def machinery(kernel: Kernel, inbox: Probe, journal_lag: Probe, link_up: Probe) -> dict[tuple[str, str], Probe]:
    """The gauges of what runs the centre."""
    return {
        ("allo_inbox_facts", f"Facts that wait for the kernel (pages wait above {limits.INBOX_SHED_AT})"): inbox,
        ("allo_journal_lag_steps", "Steps decided and not yet on the disk"): journal_lag,
        ("allo_ami_up", "Whether Asterisk is reached and has told its state"): link_up,
        ("allo_orders_open", "Orders whose end is not known yet"): lambda: len(kernel.orders),
    }
