"""What holds after every step, and what holds at the end of the day."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from acd.agent import BREATH
from acd.queue import Contact, Promise
from core import events as e
from core.centre import Agent, Centre
from core.commands import PlayPrompt, RingAgent
from core.step import Step
from runtime.kernel import Kernel
from tests.simulation.asterisk import Asterisk
from tests.simulation.broken_law import LawBroken, check
from tests.simulation.count_laws import CountLaws
from tests.simulation.task_laws import TaskLaws

__all__ = ["LawBroken", "Laws", "at_the_end", "check"]

EMPTY_AT_THE_END: Final = (
    "ledger.interactions",
    "calls.calls",
    "calls.claims",
    "ivr.dialogues",
    "acd.contacts",
    "acd.promises",
    "acd.work",
    "casework.visits",
    "casework.tasks",
    "casework.calling",
    "orders",
)
_ABOUT_WAITING: Final = (e.ContactMoved, e.ContactRanked, e.ContactGiven)
_OVER: Final = (e.OfferMissed, e.OfferDeclined, e.OfferFailed, e.OfferWithdrawn)


class Laws:
    """Watches one kernel's steps; `kernel` changes when the process does.

    Once steps were `forgotten`, their names may come again.
    """

    def __init__(self) -> None:
        self.forgotten = False
        self._legs: set[str] = set()
        self._playbacks: set[str] = set()
        self._places: dict[str, int] = {}
        self._tasks = TaskLaws()
        self._counts = CountLaws()

    def after(self, step: Step, kernel: Kernel, *, bugs: bool = False) -> None:
        """Every law that holds after a step.  With `bugs`, faults of ours are on purpose."""
        if isinstance(step.input, e.Broken):
            check(bugs, f"no bug: {step.input}", step.input.interaction)
        check(kernel.mind("ledger").balanced(), "arrived = outcomes + still here")
        for order in step.orders:
            self._ordered_once(order.command)
        self.kept(step, kernel, bugs=bugs)
        offers(kernel)
        if (kernel.next_deadline_ms() or kernel.now_ms + 1) > kernel.now_ms:  # else less may be asked at once
            for name, interaction in idle_while_somebody_waits(kernel):
                check(False, f"{name} is free and could take somebody who waits", interaction)
        limited(kernel)
        called_back(kernel)
        capped(kernel)
        in_hand(step, kernel)
        if step.seq == kernel.seq:  # else the kernel is ahead: several deadlines rang at once
            in_turn(step, kernel)
            walls(step, kernel)
            paused(step, kernel)
        here = set(kernel.mind("ledger").interactions)
        check(here == set(kernel.mind("calls").calls), "each interaction has its call")
        waiting = {name for name, contact in kernel.mind("acd").contacts.items() if not contact.task}
        check(waiting <= here, "whoever waits is an interaction that is here")
        came = {name for name, row in kernel.mind("ledger").interactions.items() if not row.outgoing}
        told = set(kernel.mind("ivr").dialogues)
        check(came <= told <= here, "each interaction of a caller has its dialogue, and each dialogue its interaction")
        check(here >= set(kernel.mind("casework").visits), "each visit is an interaction that is here")

    def kept(self, step: Step, kernel: Kernel, *, bugs: bool = False) -> None:
        """What a step's facts say, whether its orders left or not.  A bug on purpose may cost a count."""
        if not self.forgotten:
            self._tasks.after(step, kernel)
            if not bugs:
                self._counts.after(step, kernel)
            self._place_kept(step, kernel)

    def _place_kept(self, step: Step, kernel: Kernel) -> None:
        """Whatever is learnt or ordered about somebody who waits, the place is that of the arrival, or a better one
        that was kept: as it stands once the whole step is taken."""
        about: set[str] = set()
        for fact in (step.input, *step.facts):
            if isinstance(fact, e.InteractionQueued | e.CallbackDue):
                self._places[fact.interaction] = fact.arrived_at_ms
            elif isinstance(fact, e.PlaceKept):
                check(fact.arrived_at_ms < self._places[fact.interaction], "a kept place is better", fact.interaction)
                self._places[fact.interaction] = fact.arrived_at_ms
            elif isinstance(fact, (*_ABOUT_WAITING, e.ContactKnown, e.ContactSpeaks)):
                about.add(fact.interaction)
        for interaction in sorted(about):
            contact = kernel.mind("acd").contacts.get(interaction)
            kept = contact is None or contact.arrived_at_ms == self._places[interaction]
            check(kept, "whatever is learnt or ordered about somebody who waits keeps their place", interaction)

    def _ordered_once(self, command: Any) -> None:
        if isinstance(command, RingAgent):
            check(
                self.forgotten or command.leg not in self._legs,
                "a telephone is rung once for a leg",
                command.interaction,
            )
            self._legs.add(command.leg)
        elif isinstance(command, PlayPrompt):
            check(
                self.forgotten or command.playback not in self._playbacks,
                "a playback's name is used once",
                command.interaction,
            )
            self._playbacks.add(command.playback)


def offers(kernel: Kernel) -> None:
    """An agent has one offer at most and a contact one agent, and both say the same."""
    state = kernel.mind("acd")
    offered = {contact.agent: (key, contact) for key, contact in state.contacts.items() if contact.offer is not None}
    open_offers = [contact.offer for contact in state.contacts.values() if contact.offer is not None]
    check(len(open_offers) == len(offered), f"no agent has two offers: {open_offers}")
    for name, (interaction, contact) in offered.items():
        row = state.agents[name]
        busy = ("on_interaction",) if contact.answered else ("offered",)
        check(
            row.state in busy and row.interaction == interaction and row.offer == contact.offer,
            f"offer and agent agree: {name} is {row.state}",
            interaction,
        )
    talking = Counter(
        call.agent_leg.agent
        for call in kernel.mind("calls").calls.values()
        if call.state in ("placing", "dialling", "connected") and call.agent_leg is not None
    )
    talking.update(call.consult.leg.agent for call in kernel.mind("calls").calls.values() if call.consult is not None)
    talking.update(call.kept_free for call in kernel.mind("calls").calls.values() if call.kept_free)
    for name, row in state.agents.items():
        check(
            row.state != "offered" or (name in offered) != bool(row.preview),
            f"{name} is offered what somebody waits for",
            row.interaction,
        )
        check(
            row.state != "on_interaction" or name in offered or talking[name] == 1,
            f"{name} talks with one person",
            row.interaction,
        )


def in_hand(step: Step, kernel: Kernel) -> None:
    """Nobody is brought more than they carry; what an agent has, has that agent."""
    state, load = kernel.mind("acd"), kernel.configurations.now.capacity.load
    for fact in step.facts:
        mine = state.agents[fact.agent] if isinstance(fact, e.WorkOffered) else None
        if mine is not None and isinstance(fact, e.WorkOffered) and mine.preview == fact.task and mine.tasks:
            units = sum(load(state.work[task].channel).units for task in (*mine.tasks, fact.task))
            check(units <= kernel.configurations.now.capacity.units, f"{fact.agent} is brought {units} units")
    for name, row in state.agents.items():
        check(row.state != "on_task" or bool(row.tasks), f"{name} is at a task")
        check(row.state != "available" or not row.tasks, f"{name} is free with a task in hand")
    have = {task: name for name, row in state.agents.items() for task in (*row.tasks, *filter(None, (row.preview,)))}
    theirs = {task: work.agent for task, work in state.work.items() if work.agent}
    check(have == theirs, f"who has which task: {have} are {theirs}")
    tasks = {key for key, row in kernel.mind("casework").tasks.items() if row.state != "closed"}
    check(set(state.work) == tasks, "each task is one that may be brought to somebody")


def limited(kernel: Kernel) -> None:
    """Whatever waits for somebody else has a time limit: a fact that never comes leaves nobody in silence."""
    for interaction, dialogue in kernel.mind("ivr").dialogues.items():
        waits = dialogue.state in ("speaking", "listening", "recording", "announcing")
        check(not waits or dialogue.deadline_ms is not None, f"a dialogue {dialogue.state} has a limit", interaction)
    for interaction, call in kernel.mind("calls").calls.items():
        waits = call.state in ("arrived", "holding", "announcing", "placing", "dialling", "calling", "closing")
        check(not waits or call.deadline_ms is not None, f"a call {call.state} has a limit", interaction)
        waits = call.joining or (call.consult is not None and call.consult.state != "speaking")
        check(not waits or call.deadline_ms is not None, "whoever is to be joined has a limit", interaction)
        rings = call.help is not None and call.help.state == "ringing"
        check(not rings or call.deadline_ms is not None, "an emergency service that is rung has a limit", interaction)
        leg = call.agent_leg
        paints = leg is not None and leg.state == "wanted" and call.state in ("waiting", "announcing")
        check(not paints or call.deadline_ms is not None, "a page has a limit to paint", interaction)
    for interaction, visit in kernel.mind("casework").visits.items():
        check(visit.found is not None or visit.deadline_ms is not None, "a look-up has a limit", interaction)
    for interaction, contact in kernel.mind("acd").contacts.items():
        limit = contact.deadline_ms is not None or contact.answered or contact.task in kernel.mind("casework").tasks
        check(limit, "a contact has a limit", interaction)
    for name, row in kernel.mind("acd").agents.items():
        waits = row.state == "wrap_up" or bool(row.preview) or (row.state == "paused" and row.reason == BREATH)
        check(not waits or row.deadline_ms is not None, f"{name} {row.state} has a limit", row.interaction)


def called_back(kernel: Kernel) -> None:
    """Nobody is called by two at a time, and nobody is called whom no agent is there for: who is kept free for somebody
    is kept for nobody else."""
    calls, state = kernel.mind("calls").calls, kernel.mind("acd")
    tasks = Counter(call.task for call in calls.values() if call.task in state.promises)
    check(max(tasks.values(), default=0) <= 1, f"nobody is called by two at a time: {tasks}")
    for interaction, call in calls.items():
        if call.kept_free:
            row = state.agents[call.kept_free]
            kept = row.state == "on_interaction" and row.interaction == interaction
            check(kept, f"{call.kept_free} is kept free for whom we call, is {row.state}", interaction)
    for task, row in state.promises.items():
        under_way = row.state in ("calling", "talking")
        check(not under_way or row.interaction in calls, f"a callback {row.state} is a call: {task}", row.interaction)


def capped(kernel: Kernel) -> None:
    """Nobody waits beyond the longest wait for one agent, whoever wished it, and not at all for somebody who is not
    there."""
    state, centre = kernel.mind("acd"), kernel.configurations.now
    for interaction, contact in state.contacts.items():
        until_at_ms = contact.preferred_until_at_ms
        if until_at_ms is None or contact.offer is not None:
            continue
        longest_ms = longest_wait_ms(contact.need.queue, centre)
        late = longest_ms is not None and until_at_ms > max(kernel.now_ms, contact.arrived_at_ms + longest_ms)
        check(not late, f"waits for {contact.need.preferred} beyond the longest wait", interaction)
        row = state.agents[contact.need.preferred]
        gone = row.state in ("logged_out", "missed") and until_at_ms > kernel.now_ms and not contact.given
        check(not gone, f"waits for {contact.need.preferred}, who is {row.state}", interaction)


def paused(step: Step, kernel: Kernel) -> None:
    """Whoever is granted a pause, now or for later, is not one more than may be in it at once."""
    centre: Centre = kernel.configurations.now
    granted = {fact.agent: fact.reason for fact in step.facts if isinstance(fact, e.AgentStateChanged | e.WishKept)}
    if not isinstance(step.input, e.AgentAsked) or granted.get(step.input.agent) not in centre.pauses:
        return
    pause = centre.pauses[granted[step.input.agent]]
    rows = kernel.mind("acd").agents.items()
    there = [name for name, row in rows if pause.name in (row.reason if row.state == "paused" else row.asked_reason,)]
    for tenant in centre.agents[step.input.agent].tenants:
        theirs = [name for name in there if name in centre.agents and tenant in centre.agents[name].tenants]
        most = pause.at_once
        check(most is None or len(theirs) <= most, f"{len(theirs)} are in the pause {pause.name} for {most}")


def in_turn(step: Step, kernel: Kernel) -> None:
    """Whoever is offered to an agent stands before all who wait and whom the agent could take: nobody waits beyond the
    longest wait unless nobody is free who may take them."""
    chosen = [fact for fact in step.facts if isinstance(fact, e.AgentChosen | e.CallbackChosen)]
    if len(chosen) != 1 or any(isinstance(fact, _OVER) for fact in step.facts):
        return
    if chosen[0].why.turn == "given":
        return  # a supervisor has decided
    contacts, promises = kernel.mind("acd").contacts, kernel.mind("acd").promises
    came = {fact.interaction for fact in step.facts if isinstance(fact, e.InteractionQueued | e.CallbackDue)}
    if isinstance(step.input, e.NodeSeen) and chosen[0].interaction in came:
        return  # who is free and who is back was found by one look: neither came first
    centre, now_ms = kernel.configurations.now, step.now_ms
    agent = centre.agents[chosen[0].agent]
    mine = contacts.get(chosen[0].interaction) or promises.get(getattr(chosen[0], "task", ""))
    known = chosen[0].why.turn == "preferred"  # before all but those who have waited too long
    for interaction, contact in contacts.items():
        if (
            mine is not None
            and contact.offer is None
            and can(agent, contact, centre, now_ms)
            and _for(agent.name, contact)
            and interaction not in came
            and (is_late(contact, centre, now_ms) or not known)
        ):
            theirs, ours = (
                place(interaction, contact, centre, now_ms),
                place(chosen[0].interaction, mine, centre, now_ms),
            )
            check(ours < theirs, f"{interaction} came first", chosen[0].interaction)


def walls(step: Step, kernel: Kernel) -> None:
    """Nobody is offered the call of an organisation that they do not answer for, or orders anything about it."""
    for fact in step.facts:
        contact = kernel.mind("acd").contacts.get(fact.interaction) if isinstance(fact, e.AgentChosen) else None
        if isinstance(fact, e.AgentChosen) and contact is not None and contact.need.tenant:
            agent = kernel.configurations.now.agents[fact.agent]
            told = f"{fact.agent} answers for {agent.tenants}, was offered a call of {contact.need.tenant}"
            check(contact.need.tenant in agent.tenants, told, fact.interaction)
        if isinstance(fact, _ABOUT_WAITING) and fact.cause == "InstructionGiven" and not fact.by.startswith("@"):
            tenant = fact.tenant if isinstance(fact, e.ContactGiven) else fact.need.tenant
            by = kernel.configurations.now.agents[fact.by]
            theirs = by.role != "agent" and (tenant in by.tenants or not kernel.configurations.now.tenants)
            check(theirs, f"{fact.by} orders about somebody of {tenant}", fact.interaction)
        if isinstance(fact, e.ContactGiven) and fact.tenant:
            agent = kernel.configurations.now.agents[fact.agent]
            check(fact.tenant in agent.tenants, f"{fact.agent} was given somebody of {fact.tenant}", fact.interaction)


def place(interaction: str, row: Contact | Promise, centre: Centre, now_ms: int) -> tuple[int, int, int, str]:
    """Emergencies first, as they came, whoever has talked with somebody already; then who has waited the longest wait,
    then by priority; then who came first."""
    if row.need.emergency:
        return 0, 0, row.arrived_at_ms, interaction
    if is_late(row, centre, now_ms):
        return 1, 0, row.arrived_at_ms, interaction
    return 2, row.need.priority, row.arrived_at_ms, interaction


def longest_wait_ms(queue: str, centre: Centre) -> int | None:
    own = centre.queues[queue].turn if queue in centre.queues else None
    return (own or centre.distribution.turn).longest_wait_ms


def is_late(row: Contact | Promise, centre: Centre, now_ms: int) -> bool:
    """Whether they have waited the longest wait."""
    longest_ms = longest_wait_ms(row.need.queue, centre)
    return longest_ms is not None and now_ms - row.arrived_at_ms >= longest_ms


def can(agent: Agent, contact: Contact, centre: Centre, now_ms: int) -> bool:
    """Written down a second time, on purpose: the queue and the organisation are theirs, they speak the language and
    know enough, as far as that is asked after so long."""
    need = contact.need
    if need.queue not in centre.queues:
        return False
    queue = centre.queues[need.queue]
    eased = [step for step in queue.relax if step.after_ms <= now_ms - contact.arrived_at_ms]
    dropped, lower = {name for step in eased for name in step.drop}, sum(step.lower for step in eased)
    return (
        any(name in agent.queues for name in (need.queue, *(name for step in eased for name in step.queues)))
        and need.tenant in ("", *agent.tenants)
        and (need.emergency or _speaks(agent, need.language) or any(step.languages for step in eased))
        and all(
            agent.skills.get(skill.name, 0) >= max(1, skill.level - lower)
            for skill in (*queue.skills, *need.skills)
            if skill.name not in dropped
        )
    )


def _speaks(agent: Agent, language: str) -> bool:
    return not language or not agent.languages or language in agent.languages


def idle_while_somebody_waits(kernel: Kernel) -> list[tuple[str, str]]:
    """Pairs that should have been made, found the slow way: every agent against every contact."""
    state = kernel.mind("acd")
    centre: Centre = kernel.configurations.now
    waiting = [(key, contact) for key, contact in state.contacts.items() if contact.offer is None]
    free = [name for name, row in state.agents.items() if row.state == "available" and name in centre.agents]
    return [
        (name, interaction)
        for name in free
        for interaction, contact in waiting
        if can(centre.agents[name], contact, centre, kernel.now_ms) and _for(name, contact)
        if not _kept_free(name, contact, free, centre, kernel.now_ms)
    ]


def _kept_free(name: str, contact: Contact, free: list[str], centre: Centre, now_ms: int) -> bool:
    """One of the last free generalists of an organisation: for emergencies, for who waited too long, or for theirs."""
    longest_ms = longest_wait_ms(contact.need.queue, centre)
    late = longest_ms is not None and now_ms - contact.arrived_at_ms >= longest_ms
    if contact.need.emergency or late or contact.preferred_until_at_ms is not None:
        return False
    generalists = [one for one in free if _serves_most(centre.agents[one], centre)]
    theirs = centre.agents[name].tenants or ("",)
    few = [sum(tenant in (centre.agents[one].tenants or ("",)) for one in generalists) for tenant in theirs]
    return name in generalists and any(count <= centre.distribution.keep_free for count in few)


def _serves_most(agent: Agent, centre: Centre) -> bool:
    """More than half of the queues, each as an organisation of theirs has it."""
    able = [
        all(agent.skills.get(skill.name, 0) >= skill.level for skill in queue.skills)
        for queue in centre.queues.values()
        if queue.name in agent.queues
    ]
    return 2 * sum(able) > len(centre.queues)


def _for(agent: str, contact: Contact) -> bool:
    """Whoever was handed on to somebody by name is, for a while, for them alone."""
    return contact.preferred_until_at_ms is None or contact.need.preferred == agent


def at_the_end(kernel: Kernel, asterisk: Asterisk, may_be_lost: set[str], steps: list[Step]) -> None:
    """The day is over: nobody and nothing is left, and only what went unheard is lost."""
    check(not asterisk.lines, f"no leg without a call: {list(asterisk.lines)}", _first(asterisk.lines)[:36])
    for name in EMPTY_AT_THE_END:
        table, _ = kernel.tables()[name]
        check(not len(table), f"{name} is empty at the end", _first(table))
    for name, row in kernel.mind("acd").agents.items():
        check(row.state not in ("offered", "on_interaction"), f"{name} is {row.state} at the end", row.interaction)
    for name, (table, _) in kernel.tables().items():
        waiting = [key for key, row in table.items() if getattr(row, "deadline_ms", None) is not None]
        # A service opens again tomorrow, whoever has called today.
        check(not waiting or name == "ivr.openings", f"nothing is due at the end, was: {name}", next(iter(waiting), ""))
    for step in steps:
        for fact in step.facts:
            if isinstance(fact, e.InteractionEnded) and fact.outcome == "lost":
                check(fact.interaction in may_be_lost, "nobody is lost without a fault", fact.interaction)


def _first(things: Any) -> str:
    return next(iter(things), "")
