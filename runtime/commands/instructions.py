"""`./allo contact`, `agent`, `queue`: what a supervisor's page does, for whoever has the machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from runtime.options import Json

if TYPE_CHECKING:
    from core import events as e
    from runtime.telling.counter import Wish
    from runtime.telling.floor import OneAgent, OneQueue, OneWaiting, Show

contacts = typer.Typer(help="Les personnes qui attendent : les déplacer, changer leur priorité, les donner à un agent.")
agents = typer.Typer(help="Les agents et leur état : disponible, en pause, déconnecté.")
queues = typer.Typer(help="Les files : les fermer pour un temps, les rouvrir.")

Why = Annotated[str, typer.Option("--why", metavar="RAISON", help="Pourquoi, en quelques mots, sans nom d'usager.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Le faire malgré l'avertissement.")]
Who = Annotated[str, typer.Argument(metavar="ID", help="La personne : voyez ./allo contact.")]
Agent = Annotated[str, typer.Argument(metavar="NOM", help="L'agent : voyez ./allo agent.")]
Queue = Annotated[str, typer.Argument(metavar="FILE", help="La file : voyez ./allo queue.")]
Tenants = Annotated[
    list[str] | None, typer.Option("--tenant", metavar="NOM", help="Pour cette organisation seule (plusieurs fois).")
]

DOUBTS: Final = ("unskilled", "nobody_there", "queue_shut", "queue_full", "not_here")
"""Refused once: with --anyway it is done."""

UNKNOWN: Final = {
    "contact_unknown": "Cette personne n'attend pas : voyez ./allo contact.",
    "agent_unknown": "Cet agent n'existe pas : voyez ./allo agent.",
    "queue_unknown": "Cette file ou cette organisation n'existe pas : voyez ./allo queue.",
    "reason_missing": "--why : dites pourquoi, de 3 à 200 caractères.",
    "until_unfit": "--for : durée hors limites, de 1min à 744h.",
    "rank_unfit": "--priority : de 1 (avant) à 9 (après), autre que la sienne.",
}
STATES: Final = {
    "available": "disponible",
    "offered": "sollicité",
    "on_interaction": "en conversation",
    "wrap_up": "post-appel",
    "paused": "en pause",
    "logged_out": "déconnecté",
}


@contacts.callback(invoke_without_command=True)
def show_contacts(context: typer.Context, as_json: Json = False) -> None:
    """Dit qui attend, dans quelle file, à quelle place, depuis quand."""
    _show(context, "contacts", as_json=as_json)


@agents.callback(invoke_without_command=True)
def show_agents(context: typer.Context, as_json: Json = False) -> None:
    """Dit ce que fait chaque agent, et depuis quand."""
    _show(context, "agents", as_json=as_json)


@queues.callback(invoke_without_command=True)
def show_queues(context: typer.Context, as_json: Json = False) -> None:
    """Dit combien de personnes attendent dans chaque file, et lesquelles sont fermées."""
    _show(context, "queues", as_json=as_json)


@contacts.command()
def move(
    interaction: Who,
    to: Annotated[str, typer.Option("--to", metavar="FILE", help="La file où elle attendra.")],
    why: Why,
    anyway: Anyway = False,
) -> None:
    """Déplace une personne dans une autre file ; elle garde la place de son arrivée."""
    from core import events as e

    _give(e.Move(interaction=interaction, queue=to), why, anyway=anyway)


@contacts.command()
def rank(
    interaction: Who,
    priority: Annotated[int, typer.Option("--priority", metavar="N", help="De 1 (avant) à 9 (après) ; 5 d'ordinaire.")],
    why: Why,
) -> None:
    """Fait passer une personne avant ou après d'autres."""
    from core import events as e

    _give(e.Rank(interaction=interaction, priority=priority), why)


@contacts.command()
def give(
    interaction: Who,
    to: Annotated[str, typer.Option("--to", metavar="AGENT", help="L'agent qui la prendra.")],
    why: Why,
    anyway: Anyway = False,
) -> None:
    """Donne une personne à un agent : tout de suite s'il est libre, sinon dès qu'il l'est."""
    from core import events as e

    _give(e.Give(interaction=interaction, agent=to), why, anyway=anyway)


@agents.command()
def ready(agent: Agent, why: Why, anyway: Anyway = False) -> None:
    """Rend un agent disponible."""
    from core import events as e

    _give(e.Force(agent=agent, wish="ready"), why, anyway=anyway)


@agents.command()
def pause(agent: Agent, why: Why) -> None:
    """Met un agent en pause, après son appel s'il en a un."""
    from core import events as e

    _give(e.Force(agent=agent, wish="pause"), why)


@agents.command(name="log-out")
def log_out(agent: Agent, why: Why) -> None:
    """Déconnecte un agent, après son appel s'il en a un."""
    from core import events as e

    _give(e.Force(agent=agent, wish="log_out"), why)


@queues.command()
def shut(
    queue: Queue,
    why: Why,
    lasting: Annotated[
        str, typer.Option("--for", metavar="DURÉE", help="Pendant combien de temps : 90min, 4h.")
    ] = "2h",
    overflow: Annotated[
        bool, typer.Option("--overflow", help="Ceux qui attendent partent vers le débordement.")
    ] = False,
    tenant: Tenants = None,
) -> None:
    """N'y laisse plus entrer personne pour un temps ; les urgences entrent toujours."""
    from core import events as e
    from runtime.commands.services import duration

    waiting: e.WaitingThere = "overflow" if overflow else "keep"
    what = e.Shut(queue=queue, until_at_ms=0, waiting=waiting, tenants=tuple(tenant or ()))
    _give(what, why, for_ms=duration(lasting))


@queues.command()
def reopen(queue: Queue, why: Why, tenant: Tenants = None) -> None:
    """Rouvre une file."""
    from core import events as e

    _give(e.Reopen(queue=queue, tenants=tuple(tenant or ())), why)


def _give(what: e.Instruction, why: str, *, anyway: bool = False, for_ms: int = 0) -> None:
    from runtime.telling.counter import Wish

    sys.exit(run(Wish(instruction=what, reason=why, anyway=anyway, for_ms=for_ms)))


def _show(context: typer.Context, show: Show, *, as_json: bool) -> None:
    from runtime.telling.counter import Wish

    if context.invoked_subcommand is None:
        sys.exit(run(Wish(show=show), as_json=as_json))


def run(wish: Wish, *, as_json: bool = False, home: Path | None = None) -> int:
    """0 once the centre has done it; 1 with the remedy."""
    import asyncio

    import msgspec

    from core.errors import AlloError
    from runtime.places import Places
    from runtime.places import home as ours
    from runtime.telling import counter

    try:
        answer = asyncio.run(counter.ask(Places(run=(home or ours()) / "run"), wish))
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    if not answer.done:
        print(refused(answer.reason), file=sys.stderr)
        return 1
    if wish.show:
        told = "\n".join(line(one) for one in answer.floor) or "Personne."
        print(json.dumps(msgspec.to_builtins(answer.floor)) if as_json else told)
    else:
        print("Ce sera fait après son appel." if answer.reason == "later" else "C'est fait.")
    return 0


def refused(reason: str) -> str:
    """Why not, and what to do; the words are those of the pages."""
    from softphone_ui.hall import WEB

    words = json.loads((WEB / "fr.json").read_text(encoding="utf-8"))
    told: str = UNKNOWN.get(reason) or words.get(f"order.refused.{reason}", reason)
    return f"{told} Pour le faire quand même : --anyway." if reason in DOUBTS else told


def line(one: OneWaiting | OneAgent | OneQueue) -> str:
    """A row for a person to read."""
    from core.opening import local
    from runtime.telling.floor import OneAgent, OneWaiting
    from runtime.telling.why import seconds

    if isinstance(one, OneWaiting):
        more = [
            f"priorité {one.priority}",
            *(["urgence"] if one.emergency else []),
            *([one.topic] if one.topic else []),
        ]
        ring = f", pour {one.agent}" if one.agent else ""
        return f"{one.interaction}  {one.queue} n° {one.place}  {seconds(one.waited_ms)}  {', '.join(more)}{ring}"
    if isinstance(one, OneAgent):
        reason = f" ({one.reason})" if one.reason else ""
        asked = f", puis {one.asked}" if one.asked else ""
        return f"{one.agent:<24} {STATES.get(one.state, one.state)}{reason} depuis {seconds(one.for_ms)}{asked}"
    closed = [f"fermée{f' pour {tenant}' if tenant else ''} jusqu'au {local(at_ms):%d/%m %H:%M} par {by}"
              for tenant, at_ms, by in one.shut]  # fmt: skip
    oldest = f", la plus longue attente {seconds(one.oldest_ms)}" if one.waiting else ""
    return f"{one.queue:<24} {one.title} : {one.waiting} en attente{oldest}{''.join(f' ; {said}' for said in closed)}"
