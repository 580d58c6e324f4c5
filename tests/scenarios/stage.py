"""The stage of a scenario: the real kernel, a model of Asterisk, and the table that is written as they play."""

from __future__ import annotations

from typing import Any, Final

from core import commands as c
from core import events as e
from core import ids
from core.commands import Command, Order
from core.events.base import Event
from core.step import EVENTS, Step
from runtime.kernel import same_state
from runtime.telling.story import phrase
from tests import centres
from tests.faults import break_once
from tests.scenarios.spoken import Listener
from tests.simulation.drive import Drive
from tests.simulation.line import Line

_RECORDS: Final = (e.CitizenSought, e.CitizenFound, c.SeekCitizen)
_SILENT: Final = (e.OrderDone,)
_STARTS: Final = (e.CentreStarted, e.ConfigurationApplied)


class Stage(Drive):
    """Plays the scenario's sentences (tests/scenarios/sentences.py) and writes what comes of them into `table`."""

    def __init__(self, centre: str, phones: list[str], *, prompts: bool, records: bool = False) -> None:
        super().__init__(centres.CENTRES[centre](), now_ms=centres.START_MS - 1_000)
        self.table: list[str] = []
        self.ends: dict[str, str] = {}
        self.dead_phones: set[str] = set()
        self._names: dict[str, str] = {}
        self._prompts = prompts
        self._records = records
        self.meddle = self._meddle
        self.hearer = self.listener = Listener(self.agenda, self.submit)
        self.asterisk.phones = {self.phone(name) for name in phones}
        self.start()
        self.run_until(centres.START_MS)
        self.table.clear()
        self.on_step = self._write

    # -- who is who -------------------------------------------------------------------------------------------------

    def interaction(self, letter: str) -> str:
        interaction = centres.interaction(ord(letter) - ord("A") + 1)
        self._names[interaction] = letter
        return interaction

    def caller(self, letter: str) -> str:
        return ids.caller_leg(self.interaction(letter))

    def phone(self, agent: str) -> str:
        return centres.CENTRES["petit"]().agents[agent].phone

    def rung(self, agent: str) -> str:
        """The leg of the agent's telephone that rings or talks now."""
        lines = [line.leg for line in self.asterisk.lines.values() if line.phone == self.phone(agent)]
        if not lines:
            raise ValueError(f"the telephone of {agent} has no call at {self.stamp()}")
        return lines[-1]

    def called(self, letter: str) -> str:
        """The leg of the number that was dialled last for this person."""
        prefix = f"{self.interaction(letter)}-{ids.DIALLED}"
        legs = [line.leg for line in self.asterisk.lines.values() if line.leg.startswith(prefix)]
        if not legs:
            raise ValueError(f"no number rings for {letter} at {self.stamp()}")
        return legs[-1]

    # -- what may go wrong ------------------------------------------------------------------------------------------

    def break_once(self, mind: str, fact: str) -> None:
        break_once(self.kernel, mind, "decides", EVENTS[fact])

    def restart(self) -> None:
        """Another process; what it folds must be what the dead one knew."""
        dead = self.rise()
        different = list(same_state(self.kernel, dead))
        if different:
            raise AssertionError(f"folding gives another state in {', '.join(different)}")

    def speak_at_once(self, command: c.PreparePrompt, now_ms: int) -> None:
        if self._prompts or "attente" in command.prompt:
            super().speak_at_once(command, now_ms)

    def _meddle(self, order: Order, _now_ms: int) -> Event | None:
        command = order.command
        if isinstance(command, c.RingAgent) and command.phone in self.dead_phones:
            self.asterisk.lines[command.leg] = Line(
                command.leg, command.interaction, command.phone, "phone", phone=command.phone
            )
            return e.OrderDone(cause="telephony", order=order.id)
        end = self.ends.pop(type(command).__name__, None)
        if end == "swallowed":
            return e.OrderDone(cause="telephony", order=order.id)
        if end == "failed":
            return e.OrderFailed(
                cause="telephony", order=order.id, command=command, reason="refusé par Asterisk", retryable=False
            )
        if end == "refused":
            return e.OrderRefused(cause="telephony", order=order.id, command=command, reason="valeur dangereuse")
        return None

    # -- the table --------------------------------------------------------------------------------------------------

    def stamp(self) -> str:
        minutes, ms = divmod(self.now_ms - centres.START_MS, 60_000)
        return f"{minutes:02}:{ms // 1000:02}.{ms % 1000:03}"

    def note(self, sentence: str) -> None:
        self.table.append(f"› {self.stamp()}  {sentence}")

    def called_back(self, letter: str) -> str:
        """The leg of the number that rings, or talks, for what this person was promised."""
        name = letter.lower()
        prefixes = [f"{interaction}-{ids.DIALLED}" for interaction, known in self._names.items() if known == name]
        legs = [line.leg for line in self.asterisk.lines.values() if line.leg.startswith(tuple(prefixes))]
        if not legs:
            raise ValueError(f"{letter} is not being called back at {self.stamp()}")
        return legs[-1]

    def _name(self, fact: Event) -> None:
        """The callback of A is told of as `a`."""
        first = ids.interaction_of(fact.task) if isinstance(fact, e.CallbackDue) else None
        if isinstance(fact, e.CallbackDue) and first in self._names:
            self._names[fact.interaction] = self._names[first].lower()

    def _write(self, step: Step) -> None:
        for fact in step.facts:
            self._name(fact)
        if isinstance(step.input, _SILENT) and not step.facts and not step.orders:
            return
        if isinstance(step.input, e.PromptReady) and self._prompts and not step.facts:
            return
        if isinstance(step.input, _RECORDS) and not self._shown(step.input):
            return
        self.table.append(f"› {self.stamp()}  {self._told(step.input)}")
        self.table += [f"             · {self._told(fact)}" for fact in step.facts if self._shown(fact)]
        for order in step.orders:
            prepares = isinstance(order.command, c.PreparePrompt) and isinstance(step.input, _STARTS)
            if not prepares and self._shown(order.command):
                self.table.append(f"             ‹ {self._told(order.command)}")

    def _shown(self, said: Event | Command) -> bool:
        """Looking for a record is told where it is what the scenario is about."""
        return self._records or not isinstance(said, _RECORDS)

    def _told(self, said: Event | Command) -> str:
        words = phrase(said)
        if isinstance(said, e.OrderFailed | e.OrderRefused):
            words = words.replace(said.order, f"« {phrase(said.command)} »")
        return f"{type(said).__name__:<18} {self._about(said):<2} {words}".rstrip()

    def _about(self, said: Any) -> str:
        if isinstance(said, e.DeadlineReached):
            return self._names.get(said.key, "")
        command = getattr(said, "command", said)
        return self._names.get(getattr(command, "interaction", None) or "", "")
