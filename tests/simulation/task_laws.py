"""What holds of the list of tasks, read from facts alone: nobody is forgotten, nobody is called twice."""

from __future__ import annotations

from core import events as e
from core.step import Step
from runtime.kernel import Kernel
from tests.simulation.broken_law import check


class TaskLaws:
    """Watches the facts of steps.  `open` holds who has each task that is not closed yet."""

    def __init__(self) -> None:
        self.open: dict[str, str] = {}
        self.opened: set[str] = set()
        self._numbers: dict[str, str] = {}
        self._people: dict[str, tuple[str, str]] = {}
        self._tenants: dict[str, str] = {}
        self._queued: set[str] = set()
        self._shared: set[str] = set()

    def after(self, step: Step, kernel: Kernel) -> None:
        ended: list[e.InteractionEnded] = []
        talking: list[tuple[str, frozenset[str]]] = []  # with what stood then: another of their calls may end later
        listed: set[str] = set()
        for fact in (step.input, *step.facts):
            self._visit(fact)
            if isinstance(fact, e.InteractionEnded):
                ended.append(fact)
            elif isinstance(fact, e.CallConnected):
                talking.append((fact.interaction, frozenset(self._people)))
            elif isinstance(fact, e.TaskOpened | e.TaskRepeated):
                listed.add(fact.interaction)
            self._task(fact)
        for fact in ended:
            self._nobody_forgotten(fact, listed)
        for interaction, before in talking:
            key, tenant = self._numbers.get(interaction), self._tenants.get(interaction, "")
            if key and interaction not in self._shared:
                still = [task for task in before if self._people.get(task) == (tenant, key)]
                check(not still, "who gets through is called by nobody", interaction)
        if step.seq == kernel.seq:
            rows = kernel.mind("casework").tasks.items()
            standing = {key: row.agent for key, row in rows if row.state != "closed"}
            check(standing == self.open, "the list is what its facts say")
            keys = [(row.tenant, row.caller_key) for _, row in rows if row.state != "closed" and row.caller_key]
            kinds = [(row.tenant, row.caller_key) for _, row in rows if row.state != "closed" and row.kind != "message"]
            check(
                all(keys.count(one) == 1 for one in kinds if one[1] and one in keys),
                "one person is called for one reason",
            )
            check(not any(row.left for row in kernel.mind("casework").visits.values()), "what was left is noted")

    def _visit(self, fact: object) -> None:
        if isinstance(fact, e.CallArrived) and fact.caller is not None:
            self._numbers.setdefault(fact.interaction, fact.caller_key)
        elif isinstance(fact, e.InteractionQueued):
            self._queued.add(fact.interaction)
        elif isinstance(fact, e.CitizenSought):
            self._tenants[fact.interaction] = fact.tenant
        elif isinstance(fact, e.CitizenFound) and fact.how == "shared":
            self._shared.add(fact.interaction)

    def _nobody_forgotten(self, fact: e.InteractionEnded, listed: set[str]) -> None:
        waited = fact.outcome == "lost" or (fact.outcome == "abandoned" and fact.interaction in self._queued)
        if waited and fact.interaction in self._numbers and fact.interaction not in self._shared:
            left_a_message = any(key.startswith(fact.interaction) for key in self.opened)
            check(fact.interaction in listed or left_a_message, "who gave up is listed", fact.interaction)

    def _task(self, fact: object) -> None:
        if isinstance(fact, e.TaskOpened):
            check(fact.task not in self.opened, "a task is opened once", fact.interaction)
            self.opened.add(fact.task)
            self.open[fact.task] = ""
            if fact.kind != "message" and fact.caller_key:
                self._people[fact.task] = (fact.tenant, fact.caller_key)
        elif isinstance(fact, e.TaskClaimed):
            check(self.open.get(fact.task) in ("", fact.agent), f"{fact.task} is one agent's")
            self.open[fact.task] = fact.agent
        elif isinstance(fact, e.TaskReleased):
            check(self.open.get(fact.task) == fact.agent, f"{fact.task} is given back by who has it")
            self.open[fact.task] = ""
        elif isinstance(fact, e.TaskClosed):
            self._people.pop(fact.task, None)
            check(self.open.pop(fact.task, None) is not None, f"{fact.task} is closed once")
