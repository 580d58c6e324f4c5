"""Why this agent, in French, for `./allo trace ID --why`: who could, what was given way on, who came second.

Everything stands in the fact (core/events/distribution.py): the explanation of a choice is kept with it, and reads the
same after the configuration has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core import events as e
from core.needs import Relax

_TURNS: Final = {
    "emergency": "une urgence passe avant tout le monde",
    "longest_wait": "attente la plus longue admise dépassée : passe avant tous, sauf les urgences",
    "preferred": "attendait cet agent, qui connaît la personne",
    "given": "donné à cet agent par l'encadrement",
    "fcfs": "la plus longue attente d'abord",
    "edf": "le plus près de l'attente visée, ou le plus au-delà",
    "wait_over_target": "la plus grande part de l'attente visée",
}
_AGENTS: Final = {
    "longest_idle": "libre depuis le plus longtemps",
    "least_versatile": "le moins polyvalent, puis libre depuis le plus longtemps",
    "preferred": "l'agent qui connaît la personne",
    "given": "consigne de l'encadrement",
}


def explain(chosen: e.AgentChosen, zone: str) -> Iterator[str]:
    """The lines that say why `chosen` was chosen."""
    why = chosen.why
    yield f"attendait depuis {seconds(why.waited_ms)} ; tour : {_TURNS.get(why.turn, why.turn) or 'par ordre'}"
    kinds = ", ".join(f"{kind.idle} comme {kind.like}" for kind in why.kinds)
    more = why.eligible - sum(kind.idle for kind in why.kinds)
    if kinds and more > 0:
        kinds += f", {more} autre(s)"
    yield f"{why.eligible} apte(s) sur {why.available} libre(s){f' : {kinds}' if kinds else ''}"
    for eased in why.eased:
        since = datetime.fromtimestamp(eased.since_at_ms / 1000, ZoneInfo(zone))
        yield f"assoupli depuis {since:%H:%M:%S} : {_given_way(eased.step)}"
    yield (
        f"{chosen.agent} : {_AGENTS.get(why.rule, why.rule)} "
        f"(libre depuis {seconds(why.idle_ms)}, {_queues(why.versatility)})"
    )
    if why.instead is not None:
        rival = why.instead
        yield f"sinon {rival.agent} (libre depuis {seconds(rival.idle_ms)}, {_queues(rival.versatility)})"
    if why.following is not None:
        after = why.following
        waited = seconds(after.waited_ms)
        yield f"sinon cet agent aurait eu {after.interaction} (file {after.queue}, attendait depuis {waited})"


def _queues(versatility: int) -> str:
    return f"{versatility} file{'s' if versatility > 1 else ''} possible{'s' if versatility > 1 else ''}"


def _given_way(step: Relax) -> str:
    said = []
    if step.drop:
        said.append(f"sans {', '.join(step.drop)}")
    if step.lower:
        said.append(f"niveaux baissés de {step.lower}")
    if step.queues:
        said.append(f"aussi les agents de {', '.join(step.queues)}")
    if step.sectors:
        said.append("aussi ceux d'autres secteurs")
    if step.tenants:
        said.append("aussi ceux des organisations qui partagent")
    return ", ".join(said)


def seconds(duration_ms: int) -> str:
    """A duration as people say it: 8 s, 3 min 20 s."""
    whole = duration_ms // 1000
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
