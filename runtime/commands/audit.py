"""`./allo audit`: who looked at whose record, listened to whose message, and ordered what about people who wait, agents
and queues; when and why; for the DPO and auditors.

Agents are not ranked here: what is told is each look, and those of an hour that nobody needs for their calls.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
import typer

from runtime.commands.instructions import refused as words_of
from runtime.options import CONFIG, Config
from runtime.telling.look_ups import BY_NAME, DAY_MS, HOUR_MS, Alert, Watch

if TYPE_CHECKING:
    from runtime.settings import Loaded
    from runtime.telling.audited import Line

ZONE: Final = ZoneInfo("Europe/Paris")


def audit(
    tenant: Annotated[str, typer.Option("--tenant", metavar="NOM", help="L'organisation dont ce sont les fiches.")],
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Depuis combien de jours.")] = 30,
    agent: Annotated[str, typer.Option("--agent", metavar="NOM", help="Un seul agent.")] = "",
    unusual: Annotated[bool, typer.Option("--unusual", help="Seulement les heures inhabituelles.")] = False,
    config: Config = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="Une ligne de JSON par consultation.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Pour un tableur.")] = False,
) -> None:
    """Qui a consulté des fiches, écouté des messages et donné des consignes, quand et pourquoi."""
    from core.errors import AlloError
    from runtime.settings import load
    from runtime.telling.audited import as_csv

    since_ms = time.time_ns() // 1_000_000 - days * DAY_MS
    try:
        loaded = load(config)
        lines = sorted(_looks(loaded, tenant, since_ms, agent), key=lambda line: line.at_ms)
    except AlloError as fault:
        typer.echo(str(fault), err=True)
        sys.exit(1)
    found = list(Watch(loaded.settings.records.unusual).take(lines))
    shown = [line for line in lines if not unusual or any(_led_to(line, alert) for alert in found)]
    if csv:
        typer.echo(as_csv(shown, words_of), nl=False)
    else:
        for line in shown:
            typer.echo(json.dumps(msgspec.to_builtins(line)) if as_json else _told(line))
    for alert in found:
        who = alert.agent or f"personne {alert.person}"
        what = (
            "personnes trouvées par nom en une heure" if alert.why == "persons" else "agents l'ont cherchée en un jour"
        )
        typer.echo(f"Inhabituel : {who}, {alert.count} {what}, le {_when(alert.at_ms)}.", err=True)
    ordered = sum(line.why == "order" for line in lines)
    alerts = sum(line.why == "alert" for line in lines)
    looks = len(lines) - ordered - alerts
    told = f"{looks} consultation(s), {ordered} consigne(s) et {alerts} alerte(s) en {days} jour(s)."
    typer.echo(told, err=True)


def _led_to(line: Line, alert: Alert) -> bool:
    """Whether the line is one of those that made the alert, or of the hour that follows it."""
    if line.why != BY_NAME:
        return False
    if alert.why == "persons":
        return line.agent == alert.agent and abs(line.at_ms - alert.at_ms) < HOUR_MS
    return line.person == alert.person and abs(line.at_ms - alert.at_ms) < DAY_MS


def _looks(loaded: Loaded, tenant: str, since_ms: int, agent: str) -> Iterator[Line]:
    """Raises AlloError."""
    from core.errors import AlloError, JournalFault
    from runtime.crm import open_store
    from runtime.memory import reading
    from runtime.places import Places, home
    from runtime.telling.audited import Line, audited

    if tenant not in loaded.centre.tenants:
        raise AlloError(f"L'organisation « {tenant} » n'existe pas. Possibles : {', '.join(loaded.centre.tenants)}.")
    places = Places(run=home() / "run")
    store = open_store(loaded.settings.records, places)
    try:
        for look in store.looks(tenant, since_ms, agent):
            yield Line(
                at_ms=look.at_ms, agent=look.agent, why=look.why, interaction=look.interaction, person=look.person
            )
    finally:
        store.close()
    with suppress(JournalFault):  # no journal yet: nobody has listened to anything
        journal = reading(loaded.settings.journal, places)
        for line in audited(journal, loaded.centre, (tenant,), since_ms):
            if agent in ("", line.agent):
                yield line


def _when(at_ms: int) -> str:
    when = datetime.fromtimestamp(at_ms / 1000, ZONE)
    return f"{when:%d/%m/%Y} à {when.hour} h {when:%M}"


def _told(line: Line) -> str:
    from runtime.telling.audited import NATURES

    if line.why == "order":
        refused = f" (refusé : {words_of(line.refused)})" if line.refused else ""
        about = f"\tinteraction {line.interaction}" if line.interaction else ""
        return f"{_when(line.at_ms)}\t{line.agent}\tconsigne\t{line.what}{refused}\t« {line.reason} »{about}"
    if line.why == "alert":
        return f"{_when(line.at_ms)}\t{line.agent}\talerte\t{line.what}"
    what = f"personne {line.person}" if line.person else "message"
    why = NATURES.get(line.why, line.why)
    return f"{_when(line.at_ms)}\t{line.agent}\t{why}\t{what}\tinteraction {line.interaction or '-'}"
