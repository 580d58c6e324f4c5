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
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
import typer

from core import events as e
from core.centre import Centre
from core.step import Step
from runtime.commands.instructions import refused as words_of
from runtime.options import CONFIG, Config
from runtime.telling.look_ups import BY_NAME, DAY_MS, HOUR_MS, Alert, Watch
from runtime.telling.story import phrase

if TYPE_CHECKING:
    from runtime.settings import Loaded

ZONE: Final = ZoneInfo("Europe/Paris")
WORDS: Final = {
    "offer": "appel proposé",
    "call": "en conversation",
    "search": "recherche par nom",
    "task": "rappel",
    "export": "export (RGPD)",
    "erasure": "effacement",
    "message": "écoute du message",
    "order": "consigne",
    "alert": "alerte",
}
ABOUT: Final = (
    e.ContactMoved,
    e.ContactRanked,
    e.ContactGiven,
    e.AgentForced,
    e.QueueShut,
    e.QueueReopened,
)
"""What follows from an order, and says for which organisation it was."""

WISHED: Final[dict[type[e.Instruction], str]] = {
    e.Move: "déplacer vers {what.queue}",
    e.Rank: "priorité {what.priority}",
    e.Give: "donner à {what.agent}",
    e.Force: "état de {what.agent}",
    e.Shut: "fermer la file {what.queue}",
    e.Reopen: "rouvrir la file {what.queue}",
}
"""What was asked for, where nothing came of it."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One look, or one order.  `person` tells persons apart without naming them; it is empty for a message.

    `what` was ordered because of `reason`, and `refused` if not done.
    """

    at_ms: int
    agent: str
    why: str
    interaction: str | None
    person: str = ""
    what: str = ""
    reason: str = ""
    refused: str = ""


def audit(
    tenant: Annotated[str, typer.Option("--tenant", metavar="NOM", help="L'organisation dont ce sont les fiches.")],
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Depuis combien de jours.")] = 30,
    agent: Annotated[str, typer.Option("--agent", metavar="NOM", help="Un seul agent.")] = "",
    unusual: Annotated[bool, typer.Option("--unusual", help="Seulement les heures inhabituelles.")] = False,
    config: Config = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="Une ligne de JSON par consultation.")] = False,
) -> None:
    """Qui a consulté des fiches, écouté des messages et donné des consignes, quand et pourquoi."""
    from core.errors import AlloError
    from runtime.settings import load

    since_ms = time.time_ns() // 1_000_000 - days * DAY_MS
    try:
        loaded = load(config)
        lines = sorted(_looks(loaded, tenant, since_ms, agent), key=lambda line: line.at_ms)
    except AlloError as fault:
        typer.echo(str(fault), err=True)
        sys.exit(1)
    found = list(Watch(loaded.settings.records.unusual).take(lines))
    for line in lines:
        if unusual and not any(_led_to(line, alert) for alert in found):
            continue
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
        yield from _told_by(reading(loaded.settings.journal, places), loaded.centre, tenant, since_ms, agent)


def _told_by(journal: Any, centre: Centre, tenant: str, since_ms: int, agent: str) -> Iterator[Line]:
    """Listenings that were granted, and orders, in the journal."""
    from runtime.scaled.first_picture import seq_at

    for step in journal.steps(since_seq=seq_at(journal, since_ms, journal.last_seq())):
        fact = step.input
        if isinstance(fact, e.MessageHeard) and fact.tenant == tenant and agent in ("", fact.agent):
            if any(isinstance(answer, e.RequestAnswered) and answer.done for answer in step.facts):
                yield Line(at_ms=step.now_ms, agent=fact.agent, why="message", interaction=fact.interaction)
        elif isinstance(fact, e.LookUpsUnusual):
            if fact.tenant == tenant and agent in ("", fact.agent):
                yield Line(at_ms=step.now_ms, agent=fact.agent or "-", why="alert", interaction=None, what=phrase(fact))
        elif isinstance(fact, e.InstructionGiven) and agent in ("", fact.by) and tenant in _concerned(centre, step):
            yield _order(step, fact)
        for alert in step.facts:
            fraud = isinstance(alert, e.FraudSuspected) and tenant in _of(centre, alert.agent)
            if fraud and agent in ("", alert.agent):
                yield Line(at_ms=step.now_ms, agent=alert.agent, why="alert", interaction=None, what=phrase(alert))


def _of(centre: Centre, agent: str) -> tuple[str, ...]:
    """The organisations of somebody; one who has left the configuration is everybody's to look at."""
    row = centre.agents.get(agent)
    return row.tenants if row is not None else tuple(centre.tenants)


def _concerned(centre: Centre, step: Step) -> set[str]:
    """The organisations that an order was about; one that was refused concerns those of whoever gave it."""
    found: set[str] = set()
    for fact in step.facts:
        if isinstance(fact, e.ContactMoved | e.ContactRanked):
            found.add(fact.need.tenant)
        elif isinstance(fact, e.ContactGiven | e.QueueShut | e.QueueReopened):
            found.add(fact.tenant)
        elif isinstance(fact, e.AgentForced) and fact.agent in centre.agents:
            found |= set(centre.agents[fact.agent].tenants)
    if found or not isinstance(step.input, e.InstructionGiven):
        return found
    by = centre.agents.get(step.input.by)
    return set(by.tenants) if by is not None else set(centre.tenants)


def _order(step: Step, given: e.InstructionGiven) -> Line:
    refusals = [fact.reason for fact in step.facts if isinstance(fact, e.RequestAnswered) and not fact.done]
    done = [phrase(fact) for fact in step.facts if isinstance(fact, ABOUT)]
    wished = WISHED[type(given.what)].format(what=given.what)
    return Line(
        at_ms=step.now_ms,
        agent=given.by,
        why="order",
        interaction=getattr(given.what, "interaction", None),
        what=", ".join(dict.fromkeys(done)) or wished,
        reason=given.reason,
        refused="" if done else next(iter(refusals), ""),
    )


def _when(at_ms: int) -> str:
    when = datetime.fromtimestamp(at_ms / 1000, ZONE)
    return f"{when:%d/%m/%Y} à {when.hour} h {when:%M}"


def _told(line: Line) -> str:
    if line.why == "order":
        refused = f" (refusé : {words_of(line.refused)})" if line.refused else ""
        about = f"\tinteraction {line.interaction}" if line.interaction else ""
        return f"{_when(line.at_ms)}\t{line.agent}\tconsigne\t{line.what}{refused}\t« {line.reason} »{about}"
    if line.why == "alert":
        return f"{_when(line.at_ms)}\t{line.agent}\talerte\t{line.what}"
    what = f"personne {line.person}" if line.person else "message"
    why = WORDS.get(line.why, line.why)
    return f"{_when(line.at_ms)}\t{line.agent}\t{why}\t{what}\tinteraction {line.interaction or '-'}"
