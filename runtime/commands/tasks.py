"""`./allo tasks` and `./allo callbacks`: who is to be called back or answered, out of the journal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from core import events as e
from core.errors import ConfigurationFault, JournalFault
from core.events.base import Event
from core.step import Step
from runtime.memory import reading
from runtime.places import Places, home
from runtime.settings import load

ZONE = "Europe/Paris"
KINDS: dict[e.TaskKind, str] = {
    "message": "message",
    "callback": "rappel promis",
    "abandoned": "appel abandonné",
    "written": "écrit",
}


class Standing(msgspec.Struct, kw_only=True):
    """A task that is still to be done; `agent` has it, if anybody has.

    Of a callback that distribution makes by itself: how it stands, how often they were `called` in vain, and when they
    are called again (`again_at_ms`), if that is known.
    """

    opened: e.TaskOpened
    attempts: int
    agent: str = ""
    stands: Literal["", "waits", "called", "later", "left"] = ""
    called: int = 0
    again_at_ms: int | None = None


def standing(steps: Iterable[Step]) -> list[Standing]:
    """What is still to be done after `steps`, the longest waiting first."""
    tasks: dict[str, Standing] = {}
    for step in steps:
        for fact in (step.input, *step.facts):
            _take(tasks, fact)
    return sorted(tasks.values(), key=lambda task: task.opened.since_at_ms)


def _take(tasks: dict[str, Standing], fact: Event) -> None:
    if isinstance(fact, e.TaskOpened):
        tasks[fact.task] = Standing(opened=fact, attempts=fact.attempts)
    elif isinstance(fact, e.TaskClosed):
        tasks.pop(fact.task, None)
    elif isinstance(fact, e.TaskRepeated | e.TaskClaimed | e.TaskReleased) and (task := tasks.get(fact.task)):
        if isinstance(fact, e.TaskRepeated):
            task.attempts = fact.attempts
        else:
            task.agent = fact.agent if isinstance(fact, e.TaskClaimed) else ""
    elif isinstance(fact, e.CallbackDue | e.CallbackChosen | e.CallbackPutOff | e.CallbackLeft) and (
        task := tasks.get(fact.task)
    ):
        _called(task, fact)


def _called(task: Standing, fact: e.CallbackDue | e.CallbackChosen | e.CallbackPutOff | e.CallbackLeft) -> None:
    task.again_at_ms = fact.until_at_ms if isinstance(fact, e.CallbackPutOff) else None
    if isinstance(fact, e.CallbackPutOff | e.CallbackLeft):
        task.stands, task.called = "later" if isinstance(fact, e.CallbackPutOff) else "left", fact.tries
    else:
        task.stands = "waits" if isinstance(fact, e.CallbackDue) else "called"


def run_tasks(config: Path, kind: e.TaskKind | None, *, as_json: bool) -> int:
    """Prints the tasks (of one kind) that are still to be done; a number whose key is erased is shown as such."""
    try:
        settings = load(config).settings
        kept = reading(settings.journal, Places(run=home() / "run"))
        tasks = [task for task in standing(kept.steps()) if kind in (None, task.opened.kind)]
    except (JournalFault, ConfigurationFault) as fault:
        print(fault, file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps([_row(task) for task in tasks]))
        return 0
    for task in tasks:
        print(line(task))
    print(f"{len(tasks)} personne(s) à qui répondre." if tasks else "Personne à rappeler, rien à répondre.")
    return 0


def _row(task: Standing) -> dict[str, Any]:
    fact = task.opened
    told = ("task", "kind", "tenant", "service", "queue", "topic", "message", "since_at_ms", "from_at_ms", "due_at_ms")
    number = fact.number.text if fact.number is not None else None
    return {
        **{name: getattr(fact, name) for name in told},
        "number": number,
        "attempts": task.attempts,
        "agent": task.agent,
        "stands": task.stands,
        "called": task.called,
        "again_at_ms": task.again_at_ms,
    }


def line(task: Standing) -> str:
    """One task for a person to read."""
    fact = task.opened
    since, due = _written(fact.since_at_ms), _written(fact.due_at_ms)
    number = "sans numéro" if fact.number is None else fact.number.text or "(effacé)"
    tries = f", {task.attempts} tentatives" if task.attempts > 1 else ""
    taken = f", pris par {task.agent}" if task.agent else ""
    agreed = f", convenu le {_written(fact.from_at_ms)}" if fact.from_at_ms is not None else ""
    told = f"{agreed}, avant le {due}{tries}{_how_it_stands(task)}{taken}"
    return f"{since}  {KINDS[fact.kind]:<15}  {number:<14}  file {fact.queue}{told}"


def _how_it_stands(task: Standing) -> str:
    """Of a callback that is made by itself."""
    again = f", appel le {_written(task.again_at_ms)}" if task.again_at_ms is not None else ", appel à son tour"
    stands = {"": "", "waits": ", attend son tour", "called": ", on l'appelle", "left": ", laissé aux agents"}
    in_vain = f", {task.called} appel(s) sans réponse" if task.called else ""
    return in_vain + stands.get(task.stands, again)


def _written(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, ZoneInfo(ZONE)):%d/%m %H:%M}"
