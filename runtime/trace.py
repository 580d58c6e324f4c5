"""`./allo trace`: what the journal tells, while the centre runs or not."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from core import events as e
from core.errors import ConfigurationFault, JournalFault
from runtime import story
from runtime.memory import Reading, reading
from runtime.places import Places, home
from runtime.settings import load

LATEST = 20
ZONE = "Europe/Paris"


def _reading(config: Path) -> Reading:
    """The journal of the configured centre; raises JournalFault if there is none yet."""
    return reading(load(config).settings.journal, Places(run=home() / "run"))


def run_trace(config: Path, interaction: str, *, orders: bool, why: bool = False) -> int:
    """Prints one interaction's life; without one, the latest interactions."""
    try:
        journal = _reading(config)
        if not interaction:
            _latest(journal)
            return 0
        told = story.table(journal.steps(interaction=interaction), interaction, zone=ZONE, orders_ends=orders, why=why)
    except (JournalFault, ConfigurationFault) as fault:
        print(fault, file=sys.stderr)
        return 1
    print(told or f"Aucune interaction {interaction} dans le journal ; ./allo trace liste les dernières.")
    return 0 if told else 1


def _latest(journal: Reading) -> None:
    since = max(0, journal.last_seq() - 5_000)
    arrived: dict[str, str] = {}
    for step in journal.steps(since_seq=since):
        for fact in (step.input, *step.facts):
            if isinstance(fact, e.CallArrived):
                began = datetime.fromtimestamp(step.now_ms / 1000, ZoneInfo(ZONE))
                arrived[fact.interaction] = f"{began:%d/%m %H:%M:%S}  en cours"
            elif isinstance(fact, e.InteractionEnded) and fact.interaction in arrived:
                arrived[fact.interaction] = arrived[fact.interaction].replace("en cours", story.phrase(fact))
    for interaction, line in list(arrived.items())[-LATEST:]:
        print(f"{interaction}  {line}")
    if not arrived:
        print("Aucune interaction récente.")
