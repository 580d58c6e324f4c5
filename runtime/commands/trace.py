"""`./allo trace`: what the journal tells, while the centre runs or not."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from core import events as e
from core.centre import Centre
from core.errors import ConfigurationFault, JournalFault
from runtime.memory import Reading, reading
from runtime.places import Places, home
from runtime.settings import load
from runtime.telling import counter, story
from runtime.telling.explained import history
from runtime.telling.gone import explain_gone, gone
from runtime.telling.why import explain_wait

LATEST = 20
BEGINS = (e.CallArrived, e.CallbackDue, e.DialAsked, e.WritingArrived)
ENDS = (e.InteractionEnded, e.WritingAnswered, e.WritingSetAside)
WHAT: dict[type[object], str] = {
    e.CallbackDue: "rappel promis, ",
    e.DialAsked: "appel sortant, ",
    e.WritingArrived: "écrit, ",
}
ZONE = "Europe/Paris"


def _reading(config: Path) -> Reading:
    """The journal of the configured centre; raises JournalFault if there is none yet."""
    return reading(load(config).settings.journal, Places(run=home() / "run"))


def run_trace(config: Path, interaction: str, *, orders: bool, why: bool = False, as_json: bool = False) -> int:
    """Prints one interaction's life; without one, the latest interactions.  `as_json`: why each choice was made."""
    try:
        journal = _reading(config)
        if as_json:
            return _explained(journal, interaction, load(config).centre)
        if not interaction:
            latest(journal)
            return 0
        told = story.table(journal.steps(interaction=interaction), interaction, zone=ZONE, orders_ends=orders, why=why)
    except (JournalFault, ConfigurationFault) as fault:
        print(fault, file=sys.stderr)
        return 1
    if told and why and (wait := _wait(interaction)) is not None:
        lines = explain_wait(wait, time.time_ns() // 1_000_000, ZONE)
        told += "\n\nAttend encore :\n" + "\n".join(f"  {line}" for line in lines)
    elif told and why and (left := gone(journal.steps(interaction=interaction), interaction, load(config).centre)):
        told += "\n\nPersonne ne l'a prise :\n" + "\n".join(f"  {line}" for line in explain_gone(left, ZONE))
    print(told or f"Aucune interaction {interaction} dans le journal ; ./allo trace liste les dernières.")
    return 0 if told else 1


def _wait(interaction: str) -> e.Wait | None:
    """Why they still wait, as the running centre knows; None if they do not, or none runs here."""
    try:
        return asyncio.run(counter.ask(Places(run=home() / "run"), counter.Wish(why=interaction))).wait
    except counter.CounterClosed:
        return None


def _explained(journal: Reading, interaction: str, centre: Centre) -> int:
    """One line of JSON, as the API gives it."""
    found = history(journal.steps(interaction=interaction), interaction, centre)
    if found is None:
        print(f"Aucune interaction {interaction} dans le journal ; ./allo trace liste les dernières.", file=sys.stderr)
        return 1
    wait = _wait(interaction)
    waiting = None
    if wait is not None:
        lines = list(explain_wait(wait, time.time_ns() // 1_000_000, ZONE))
        waiting = {**msgspec.to_builtins(wait), "lines": lines}
    print(json.dumps({"waiting": waiting, "history": found.told}, ensure_ascii=False))
    return 0


def latest(journal: Reading) -> None:
    since = max(0, journal.last_seq() - 5_000)
    arrived: dict[str, str] = {}
    for step in journal.steps(since_seq=since):
        for fact in (step.input, *step.facts):
            if isinstance(fact, BEGINS) and fact.interaction not in arrived:
                began = datetime.fromtimestamp(step.now_ms / 1000, ZoneInfo(ZONE))
                arrived[fact.interaction] = f"{began:%d/%m %H:%M:%S}  {WHAT.get(type(fact), '')}en cours"
            elif isinstance(fact, ENDS) and fact.interaction in arrived:
                arrived[fact.interaction] = arrived[fact.interaction].replace("en cours", story.phrase(fact))
    for interaction, line in list(arrived.items())[-LATEST:]:
        print(f"{interaction}  {line}")
    if not arrived:
        print("Aucune interaction récente.")
