"""People and misfortune around the real kernel: plays a plan (tests/simulation/plan.py) to the end of its day."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core import commands as c
from core import events as e
from core.commands import Order
from core.events.base import Event
from core.events.outgoing import TransferInto
from core.ids import InteractionId, is_agent, is_caller
from core.personal import Personal
from core.step import Step
from runtime.kernel import Kernel, same_state
from tests import centres
from tests.simulation.asterisk import Delays
from tests.simulation.drive import Drive
from tests.simulation.laws import Laws, at_the_end, check
from tests.simulation.line import Line
from tests.simulation.plan import DAY_MS, Caller, Fault, Ordered, Placed, Plan

EVENING_MS: Final = 1_800_000
"""After the last arrival everything must have come to its end within this."""

_MAY_VANISH: Final = (c.AnswerCall, c.HoldCaller, c.HangUpLeg, c.PlayPrompt, c.PartLegs, c.JoinLegs)

_WHERE: Final[tuple[tuple[str, TransferInto], ...]] = (
    ("mdph", "entry"),
    ("mdph", "entry"),
    ("standard", "entry"),
    ("", "number"),
    ("rsa", "queue"),
    ("generaliste", "queue"),
    ("bruno", "agent"),
    ("chloé", "agent"),
)
"""Whom conversations are handed on to."""


CALLERS: Final = 23
"""So many telephones there are: the same people call again."""

FOREVER_MS: Final = 150 * 24 * 3_600_000
"""Until then the last task has expired, and its recording is erased."""


class World(Drive):
    """One day."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(centres.CENTRES[plan.centre](), Delays(words=1_500))
        self.plan = plan
        self.laws = Laws()
        self.may_be_lost: set[str] = set()
        self._forgotten: set[str] = set()
        self._told = 0
        self._stalled: list[Event] | None = None
        self._dies_with_next = False
        self._callers = {centres.interaction(caller.number): caller for caller in plan.callers}
        self.meddle = self._meddle
        self.speak = self._speak
        self.asterisk.says_ms = lambda command: int(self.plan.draw(command.message) * 20_000) - 4_000
        self.look_up = self._look_up
        self.on_step = self._watch
        self.hearer.seed, self.hearer.tell = plan.seed, self._tell
        self.asterisk.tell = lambda event, _now_ms: self._tell(event)
        self.asterisk.rings = self._agent_hears
        self.asterisk.joined = self._talk
        self.asterisk.ended = self._ended
        self.asterisk.phones = {agent.phone for agent in centres.AGENTS}

    def run(self) -> None:
        """The whole day; LawBroken if something does not hold."""
        start = self.now_ms
        self.start()
        for caller in self.plan.callers:
            self.agenda.at(start + caller.at_ms, lambda now_ms, caller=caller: self._call(caller, now_ms))
        for wish in self.plan.wishes:
            asked = e.AgentAsked(cause="telephony", agent=wish.agent, wish=wish.wish, reason=wish.reason)
            self.agenda.at(start + wish.at_ms, lambda _now_ms, asked=asked: self._tell(asked))
        for agent in centres.AGENTS[:2]:
            opened = e.PageSeen(cause="pages", agent=agent.name, open=self.plan.draw(agent.name) < 0.8)
            self.agenda.at(start + 50, lambda _now_ms, opened=opened: self.submit(opened))
        for fault in self.plan.faults:
            self.agenda.at(start + fault.at_ms, lambda now_ms, fault=fault: self._befall(fault, now_ms))
        for order in self.plan.orders:
            self.agenda.at(start + order.at_ms, lambda now_ms, order=order: self._order(order, now_ms))
        for placed in self.plan.placed:
            self.agenda.at(start + placed.at_ms, lambda _now_ms, placed=placed: self._place(placed))
        self.run_until(start + DAY_MS)
        self._calm()
        self.run_until(start + DAY_MS + EVENING_MS)
        self.run_until(start + FOREVER_MS)
        at_the_end(self.kernel, self.asterisk, self.may_be_lost, self.steps)
        self._fold_again(self.kernel.seq)

    def _calm(self) -> None:
        """Nothing more goes wrong, and everybody works: whoever still waits must now be served."""
        self.plan = replace(self.plan, chaos=0.0, hands_on=0.0, calls_help=0.0)
        self._dies_with_next = False
        for at_ms in range(0, EVENING_MS, 20_000):
            self.agenda.at(self.now_ms + at_ms, lambda _now_ms: self._all_ready())

    def _all_ready(self) -> None:
        for agent in centres.AGENTS:
            if agent.phone not in self.asterisk.phones:
                self._phone(agent.name, on=True)
            self._tell(e.AgentAsked(cause="telephony", agent=agent.name, wish="ready", reason=""))

    def _watch(self, step: Step) -> None:
        """The laws hold, and the pages of those who are offered somebody paint it: soon, late, or never."""
        self.laws.after(step, self.kernel)
        for fact in step.facts:
            if isinstance(fact, e.AgentChosen) and (luck := self.plan.draw(f"{fact.offer} painted")) < 0.9:
                self._paint(fact, int(luck * 200))
            elif isinstance(fact, e.WorkOffered):
                self._look_at(fact)
            elif isinstance(fact, e.WorkTaken):
                self._do(fact)

    def _look_at(self, offered: e.WorkOffered) -> None:
        """What an agent does about a task before their eyes: takes it, gives it back, or is not there."""
        luck, pace = self.plan.draw(f"{offered.task} {offered.agent} looks"), self.plan.draw(f"{offered.task} pace")
        answered = e.WorkAnswered(
            cause="pages",
            request=f"{offered.task}",
            agent=offered.agent,
            task=offered.task,
            take=luck < 0.6,
            reason="" if luck < 0.6 else "autre",
        )
        if luck < 0.85:
            self.agenda.at(self.now_ms + int(pace * 10_000), lambda _now_ms: self.submit(answered))

    def _do(self, taken: e.WorkTaken) -> None:
        """They write for a while, and most finish; some forget it in a drawer."""
        interaction = taken.task[:36]
        note = e.WorkDrafted(
            cause="pages",
            request=f"{taken.task} draft",
            agent=taken.agent,
            task=taken.task,
            interaction=interaction,
            draft=Personal(interaction, "note", "vu"),
        )
        luck = self.plan.draw(f"{taken.task} {taken.agent} does")
        wish: e.TaskWish = "close" if luck < 0.7 else "release"
        asked = e.TaskAsked(cause="pages", request=taken.task, agent=taken.agent, task=taken.task, wish=wish)
        self.agenda.at(self.now_ms + 500, lambda _now_ms: self.submit(note))
        if luck < 0.9:
            self.agenda.at(self.now_ms + int(luck * 40_000), lambda _now_ms: self.submit(asked))

    def _paint(self, chosen: e.AgentChosen, after_ms: int) -> None:
        shown = e.RecordShown(cause="pages", interaction=chosen.interaction, offer=chosen.offer, agent=chosen.agent)
        self.agenda.at(self.now_ms + after_ms, lambda _now_ms: self.submit(shown))

    # -- people -----------------------------------------------------------------------------------------------------

    def _call(self, caller: Caller, now_ms: int) -> None:
        interaction = centres.interaction(caller.number)
        number = None if caller.withheld else f"+3363998{caller.number % CALLERS:04}"
        line = self.asterisk.arrives(interaction, centres.NUMBER, number, now_ms)
        for after_ms, key in caller.keys:
            self.agenda.at(now_ms + after_ms, lambda at_ms, key=key: self.asterisk.presses(line.leg, key, at_ms))
        self.agenda.at(now_ms + caller.patience_ms, lambda at_ms: self._lose_patience(line, at_ms))
        self._callers[interaction] = caller
        line.todo.clear()

    def _lose_patience(self, line: Line, now_ms: int) -> None:
        if line.partner is None:
            self.asterisk.hangs_up(line.leg, now_ms)
        else:
            self.agenda.at(now_ms + 60_000, lambda at_ms: self.asterisk.hangs_up(line.leg, at_ms))

    def _agent_hears(self, line: Line, now_ms: int) -> None:
        """What an agent, or whoever is called, does about a telephone that rings."""
        luck, pace = self.plan.draw(line.leg), self.plan.draw(f"{line.leg} pace")
        at_ms = now_ms + 300 + int(pace * 6_000)
        if not line.meets and not is_agent(
            line.leg
        ):  # a citizen who is called before their agent waits a while, not for ever
            stays_ms = int(self.plan.draw(f"{line.leg} stays") * 60_000)
            self.agenda.at(at_ms + stays_ms, lambda at_ms: self._lose_patience(line, at_ms))
        if luck < 0.78:
            self.agenda.at(at_ms, lambda at_ms: self.asterisk.answers(line.leg, at_ms))
        elif luck < 0.86:
            self.agenda.at(at_ms, lambda at_ms: self.asterisk.hangs_up(line.leg, at_ms, "declined", 21))
        elif luck < 0.89:
            self.agenda.at(at_ms, lambda at_ms: self.asterisk.hangs_up(line.leg, at_ms, "congestion", 34))
        elif luck < 0.92:
            self.agenda.at(at_ms, lambda at_ms: self.asterisk.answers(line.leg, at_ms))
            self.agenda.at(at_ms + 10, lambda at_ms: self.asterisk.hangs_up(line.leg, at_ms, "failed", 38))
        elif luck < 0.95:
            late_ms = now_ms - 105 + 7_990 + int(pace * 20)  # just about when the shorter offers run out
            self.agenda.at(late_ms, lambda at_ms: self.asterisk.answers(line.leg, at_ms))

    def _place(self, placed: Placed) -> None:
        """An agent calls somebody; for what is left to do, if there is anything."""
        tasks = sorted(self.kernel.mind("casework").tasks) if self.alive else []
        luck = self.plan.draw(f"{placed} for")
        interaction = self.mint()
        asked = e.DialAsked(
            cause="pages",
            request=f"dial {placed.at_ms}",
            interaction=interaction,
            agent=placed.agent,
            service="solidarites",
            number=Personal(interaction, "number", placed.number),
            task=tasks[int(luck * len(tasks))] if tasks and luck < 0.6 else "",
        )
        self.submit(asked)

    def _hand_on(self, talking: Line, now_ms: int) -> None:
        """Who talks with a citizen hands them on, at once or after a word, and decides what comes of that word."""
        call = self.kernel.mind("calls").calls.get(talking.interaction) if self.alive else None
        if call is None or call.agent_leg is None or call.agent_leg.leg != talking.leg:
            return
        name, luck = f"{talking.leg} hands", self.plan.draw(f"{talking.leg} where")
        to, into = _WHERE[int(luck * len(_WHERE))]
        typed = Personal(talking.interaction, "number", "01 99 00 40 00") if into == "number" else None
        asked = e.TransferAsked(
            cause="pages",
            request=name,
            agent=call.agent_leg.agent,
            interaction=talking.interaction,
            to=to,
            into=into,
            number=typed,
            consult=self.plan.draw(f"{name} word") < 0.7,
        )
        self.submit(asked)
        wish: e.ConsultWish = "join" if self.plan.draw(f"{name} wish") < 0.5 else "take_back"
        wished = e.ConsultAsked(
            cause="pages", request=name, agent=asked.agent, interaction=talking.interaction, wish=wish
        )
        after_ms = int(self.plan.draw(f"{name} after") * 20_000)
        if asked.consult and self.plan.draw(f"{name} decides") < 0.7:
            self.agenda.at(now_ms + after_ms, lambda _now_ms: self.submit(wished))
        elif asked.consult:
            self.agenda.at(now_ms + after_ms, lambda at_ms: self.asterisk.hangs_up(talking.leg, at_ms))

    def _call_help(self, talking: Line, now_ms: int) -> None:
        """Who talks with a citizen calls an emergency service; calls it off, leaves the two, hangs up, or stays."""
        call = self.kernel.mind("calls").calls.get(talking.interaction) if self.alive else None
        if call is None or call.agent_leg is None or call.agent_leg.leg != talking.leg:
            return
        name = f"{talking.leg} help"
        about = {"cause": "pages", "agent": call.agent_leg.agent, "interaction": talking.interaction}
        self.submit(e.HelpAsked(**about, request=name, to="secours", wish="bring"))
        over_ms = now_ms + 30_000 + int(self.plan.draw(f"{name} over") * 60_000)
        self.agenda.at(over_ms, lambda at_ms: self._help_is_over(talking.interaction, at_ms))
        luck, after_ms = self.plan.draw(f"{name} wish"), int(self.plan.draw(f"{name} after") * 20_000)
        if luck < 0.6:
            wish: e.HelpWish = "leave" if luck < 0.4 else "dismiss"
            wished = e.HelpAsked(**about, request=f"{name} {wish}", to="", wish=wish)
            self.agenda.at(now_ms + after_ms, lambda _now_ms: self.submit(wished))
        elif luck < 0.8:
            self.agenda.at(now_ms + after_ms, lambda at_ms: self.asterisk.hangs_up(talking.leg, at_ms))

    def _help_is_over(self, interaction: InteractionId, now_ms: int) -> None:
        """An emergency service hangs up in the end, whoever is left on the line."""
        for leg in [
            line.leg for line in self.asterisk.lines.values() if line.interaction == interaction and line.beside
        ]:
            self.asterisk.hangs_up(leg, now_ms)

    def _talk(self, agent: Line, now_ms: int) -> None:
        caller = self.asterisk.lines[agent.partner or ""]
        for one in (agent, caller):
            if is_agent(one.leg) and self.plan.draw(f"{one.leg} hands on") < self.plan.hands_on:
                after_ms = 200 + int(self.plan.draw(f"{one.leg} when") * 5_000)
                self.agenda.at(now_ms + after_ms, lambda at_ms, one=one: self._hand_on(one, at_ms))
            if is_agent(one.leg) and self.plan.draw(f"{one.leg} help") < self.plan.calls_help:
                after_ms = 200 + int(self.plan.draw(f"{one.leg} danger") * 5_000)
                self.agenda.at(now_ms + after_ms, lambda at_ms, one=one: self._call_help(one, at_ms))
        plan = self._callers.get(caller.interaction)
        talk_ms, ends_it = (plan.talk_ms, plan.ends_it) if plan is not None else (5_000, True)
        leg = caller.leg if ends_it else agent.leg
        self.agenda.at(now_ms + talk_ms, lambda at_ms: self.asterisk.hangs_up(leg, at_ms))

    def _ended(self, line: Line, _now_ms: int) -> None:
        if is_caller(line.leg) and not self.asterisk.listening:
            self.may_be_lost.add(line.interaction)
        elif line.interaction in self._forgotten and line.interaction not in self.kernel.mind("calls").calls:
            # Whoever talked with somebody we know nothing of, and is left alone, hangs up after a while.
            for left in [one.leg for one in self.asterisk.lines.values() if one.interaction == line.interaction]:
                self.agenda.at(self.now_ms + 30_000, lambda at_ms, left=left: self.asterisk.hangs_up(left, at_ms))

    # -- supervisors ------------------------------------------------------------------------------------------------

    def _order(self, order: Ordered, now_ms: int) -> None:
        """About somebody who waits, if there is anybody; supervisors do not always think twice."""
        waiting = sorted(self.kernel.mind("acd").contacts) if self.alive else []
        if not waiting and order.kind in ("move", "rank", "give"):
            return
        luck = self.plan.draw(f"{order} whom")
        whom = waiting[int(luck * len(waiting))] if waiting else ""
        queue = ("rsa", "generaliste")[int(self.plan.draw(f"{order} queue") * 2)]
        agent = centres.AGENTS[int(self.plan.draw(f"{order} agent") * 3)].name
        whats: dict[str, e.Instruction] = {
            "move": e.Move(interaction=whom, queue=queue),
            "rank": e.Rank(interaction=whom, priority=1 + int(luck * 9)),
            "give": e.Give(interaction=whom, agent=agent),
            "force": e.Force(agent=agent, wish=("ready", "pause", "log_out")[int(luck * 3)]),  # type: ignore[arg-type]
            "shut": e.Shut(
                queue=queue, until_at_ms=now_ms + 1 + int(luck * 60_000), waiting="keep" if luck < 0.5 else "overflow"
            ),
            "reopen": e.Reopen(queue=queue),
        }
        given = e.InstructionGiven(
            cause="pages",
            request=f"{order.at_ms}",
            by="@exploitation",
            what=whats[order.kind],
            reason="afflux",
            anyway=self.plan.draw(f"{order} anyway") < 0.7,
        )
        self.submit(given)

    # -- misfortune -------------------------------------------------------------------------------------------------

    def _befall(self, fault: Fault, now_ms: int) -> None:
        over_ms = now_ms + fault.for_ms
        if fault.kind == "link" and self.alive and self.asterisk.listening:
            self.asterisk.listening = False
            self._release()
            self.submit(e.NodeLost(cause="telephony", node="nord", reason="coupée"))
            self.agenda.at(over_ms, lambda _now_ms: self._reconnect())
        elif fault.kind == "kill" and self.alive:
            self.die()
            self.agenda.at(over_ms, lambda _now_ms: self._rise())
        elif fault.kind == "amnesia" and self.alive:
            self._lose_memory(int(10 ** (3 * self.plan.draw(f"amnesia {now_ms}"))))
            self.agenda.at(over_ms, lambda _now_ms: self.rise())
        elif fault.kind == "kill_before_orders" and self.alive:
            self._dies_with_next = True
        elif fault.kind == "stall" and self._stalled is None:
            self._stalled = []
            self.agenda.at(over_ms, lambda _now_ms: self._release())
        elif fault.kind == "journal":
            self.submit(e.JournalAlarm(cause="journal", kept=False, reason="lent"))
            self.agenda.at(over_ms, lambda _now_ms: self.submit(e.JournalAlarm(cause="journal", kept=True, reason="")))
        elif fault.kind == "reload":
            self._configure(fault.what)
            self.agenda.at(over_ms, lambda _now_ms: self._configure(self.plan.centre))
        elif fault.kind == "phone":
            self._phone(fault.what, on=False)
            self.agenda.at(over_ms, lambda _now_ms: self._phone(fault.what, on=True))

    def _reconnect(self) -> None:
        if self.alive and not self.asterisk.listening:
            self.look()

    def _configure(self, name: str) -> None:
        self.submit(e.ConfigurationApplied(cause="reload", digest=centres.CENTRES[name]().digest))

    def _phone(self, agent: str, *, on: bool) -> None:
        phone = next(known.phone for known in centres.AGENTS if known.name == agent)
        (self.asterisk.phones.add if on else self.asterisk.phones.discard)(phone)
        if self.asterisk.listening:
            self._tell(e.PhoneSeen(cause="telephony", phone=phone, reachable=on))

    def _tell(self, event: Event) -> None:
        """What Asterisk tells comes in order, sometimes late, sometimes twice."""
        self._told += 1
        often = 2 if self.plan.draw(f"told {self._told}") < 0.01 * self.plan.chaos else 1
        for _ in range(often):
            if self._stalled is not None:
                self._stalled.append(event)
            else:
                self.submit(event)

    def _release(self) -> None:
        late, self._stalled = self._stalled or [], None
        for event in late:
            self.submit(event)

    def _meddle(self, order: Order, _now_ms: int) -> Event | None:
        """Now and then an order fails, vanishes, or is done although we hear that it failed."""
        command = order.command
        interaction = getattr(command, "interaction", "")
        luck = self.plan.draw(f"order {order.id}") / (0.004 * self.plan.chaos) if self.plan.chaos else 1.0
        if luck >= 1 or not interaction or not self.asterisk.listening:
            return None
        failed = e.OrderFailed(cause="telephony", order=order.id, command=command, reason="hasard", retryable=False)
        if luck < 0.4:
            return failed
        if luck < 0.7 and isinstance(command, c.RingAgent):
            self.asterisk.perform(order, self.now_ms)
            return failed
        if isinstance(command, _MAY_VANISH):
            return e.OrderDone(cause="telephony", order=order.id)
        return None

    def _speak(self, command: c.PreparePrompt, now_ms: int) -> None:
        luck = self.plan.draw(f"{command.prompt} {self._told}")
        if luck < 0.02 * self.plan.chaos:
            self.submit(e.PromptReady(cause="speech", prompt=command.prompt, path=None))
        elif luck < 0.04 * self.plan.chaos:
            self.agenda.at(now_ms + 4_000, lambda at_ms: self.speak_at_once(command, at_ms))
        else:
            self.speak_at_once(command, now_ms)

    def _look_up(self, command: c.SeekCitizen, now_ms: int) -> None:
        """The records answer soon, late, or never; of a number that is asked again they may say something else."""
        luck = self.plan.draw(f"{command.interaction} record")
        how: e.Found = ("one", "several", "none", "shared", "away")[int(luck * 100) % 5]
        record = Personal(command.interaction, "record", "fiche") if how == "one" else None
        followed = ("", "alice", "bruno", "personne")[int(luck * 1_000) % 4] if record is not None else ""
        said = e.CitizenFound(
            cause="crm_bridge", interaction=command.interaction, how=how, record=record, referent=followed
        )
        after_ms = int(luck * 1_000) if luck > 0.2 * self.plan.chaos else int(luck * 20_000)
        if luck > 0.05 * self.plan.chaos:
            self.agenda.at(now_ms + after_ms, lambda _now_ms: self.submit(said))

    # -- death and life ---------------------------------------------------------------------------------------------

    def _take(self, step: Step) -> None:
        if not self._dies_with_next or not step.orders:
            super()._take(step)
            return
        self._dies_with_next = False
        self.steps.append(step)  # kept, but its orders never left
        self.laws.kept(step, self.kernel)
        self.die()
        self.agenda.at(self.now_ms + 2_000, lambda _now_ms: self._rise())

    def die(self) -> None:
        unheard, self._stalled = [*self.inbox, *(self._stalled or [])], None
        self.may_be_lost |= {event.interaction for event in unheard if isinstance(event, e.LegEnded)}
        super().die()

    def _lose_memory(self, steps: int) -> None:
        """The machine stops, and the disk had not yet taken the last steps, though their orders had left."""
        self.die()
        kept = max(10, len(self.steps) - steps)
        forgotten = [fact for step in self.steps[kept:] for fact in (step.input, *step.facts)]
        self._forgotten |= {getattr(fact, "interaction", "") for fact in forgotten}
        self.may_be_lost |= self._forgotten
        del self.steps[kept:]
        self.laws.forgotten = True

    def rise(self) -> Kernel:
        callers = {line.interaction: line for line in self.asterisk.lines.values() if is_caller(line.leg)}
        dead = super().rise()
        for interaction, line in callers.items():
            if line.interaction != interaction:
                self.may_be_lost.add(interaction)
                self._callers[line.interaction] = self._callers[interaction]
        return dead

    def _rise(self) -> None:
        if not self.alive:
            dead = self.rise()
            different = list(same_state(self.kernel, dead))
            check(not different, f"folding gives the state that was: {different}")

    def _fold_again(self, seq: int) -> None:
        again = centres.kernel()
        for step in self.steps:
            again.fold(step)
        check(again.seq == seq and not list(same_state(again, self.kernel)), "folding the day gives its last state")
