"""Why this agent, and why nobody yet, in French: for `./allo trace ID --why` and the supervisor's page.

Everything stands in the fact (core/events/distribution.py): the explanation of a choice is kept with it, and reads the
same after the configuration has changed.  `called` says how agents are called where the words are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core import events as e
from core.events.distribution import PutOff
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

_PUT_OFF: Final[dict[PutOff, str]] = {
    "turn": "assez d'agents de cette file rappellent déjà : les autres sont pour qui attend au téléphone",
    "closed": "personne ne peut être appelé maintenant : service fermé, ou hors des heures de rappel",
    "hour": "une heure a été convenue avec la personne",
    "unreached": "la personne n'a pas répondu, ou a raccroché avant l'agent",
    "refused": "pas de ligne libre, ou plus d'appels pour aujourd'hui",
    "agent_unanswered": "le téléphone de l'agent n'a pas été décroché : rien n'est compté à la personne",
}
DOING: Final = {
    "available": "libre",
    "offered": "sollicité",
    "on_interaction": "en conversation",
    "wrap_up": "en post-appel",
    "paused": "en pause",
    "logged_out": "absent",
}
_COUNTED: Final = ("available", "offered", "logged_out")
"""States that are said by an adjective, which agrees."""

Called = Callable[[str], str]


def explain(chosen: e.AgentChosen | e.CallbackChosen, zone: str, called: Called = str) -> Iterator[str]:
    """The lines that say why `chosen` was chosen."""
    why = chosen.why
    yield f"attendait depuis {seconds(why.waited_ms)} ; tour : {_TURNS.get(why.turn, why.turn) or 'par ordre'}"
    kinds = ", ".join(_kind(kind, called) for kind in why.kinds)
    more = why.eligible - sum(kind.idle for kind in why.kinds)
    if kinds and more > 0:
        kinds += f", {many(more, 'autre')}"
    yield f"{many(why.eligible, 'apte')} sur {many(why.available, 'libre')}{f' : {kinds}' if kinds else ''}"
    for eased in why.eased:
        yield f"assoupli depuis {at(eased.since_at_ms, zone)} : {given_way(eased.step)}"
    yield (
        f"{called(chosen.agent)} : {_AGENTS.get(why.rule, why.rule)} "
        f"(libre depuis {seconds(why.idle_ms)}, {_queues(why.versatility)})"
    )
    if why.instead is not None:
        rival = why.instead
        yield f"sinon {called(rival.agent)} (libre depuis {seconds(rival.idle_ms)}, {_queues(rival.versatility)})"
    if why.following is not None:
        after = why.following
        waited = seconds(after.waited_ms)
        yield f"sinon cet agent aurait eu {after.interaction} (file {after.queue}, attendait depuis {waited})"


def explain_wait(wait: e.Wait, now_ms: int, zone: str, called: Called = str) -> Iterator[str]:
    """The lines that say why somebody still waits at `now_ms`, and what comes next."""
    yield f"file {wait.queue}, n° {wait.place}, attend depuis {seconds(wait.waited_ms)}, priorité {wait.priority}"
    yield f"tour : {_TURNS.get(wait.turn, wait.turn)} ; {wait.before or 'personne'} avant, pour les mêmes agents"
    able = sum(doing.agents for doing in wait.doing)
    doing = ", ".join(_doing(one) for one in wait.doing)
    yield f"{_could(able, 'agent')} : {doing}" if able else "aucun agent ne peut encore la prendre"
    yield from _waits_for(wait, zone, called)
    for eased in wait.eased:
        yield f"assoupli depuis {at(eased.since_at_ms, zone)} : {given_way(eased.step)}"
    for coming in wait.coming:
        after = seconds(max(0, coming.at_ms - now_ms))
        then = _could(coming.agents, "agent en poste", "agents en poste")
        yield f"dans {after}, à {at(coming.at_ms, zone)} : {given_way(coming.step)} ; alors {then}"
    if wait.first_at_ms is not None:
        yield f"à {at(wait.first_at_ms, zone)} : passera avant tous, sauf les urgences"
    if wait.low_ms is not None and wait.high_ms is not None:
        yield f"encore {seconds(wait.low_ms)} à {seconds(wait.high_ms)} d'attente, quatre fois sur cinq"


def many(count: int, one: str, more: str = "") -> str:
    """So many of something: 0 libre, 1 libre, 2 libres."""
    return f"{count} {one if count < 2 else more or f'{one}s'}"


def _kind(kind: e.Kind, called: Called) -> str:
    """Agents who are alike are told by one of them."""
    return called(kind.like) + (f" et {kind.idle - 1} de même profil" if kind.idle > 1 else "")


def _doing(one: e.Doing) -> str:
    said = DOING.get(one.state, one.state)
    return many(one.agents, said) if one.state in _COUNTED else f"{one.agents} {said}"


def _could(count: int, one: str, more: str = "") -> str:
    return f"{many(count, one, more)} {'pourrait' if count < 2 else 'pourraient'} la prendre"


def _waits_for(wait: e.Wait, zone: str, called: Called) -> Iterator[str]:
    """What stands in the way, or is about to end the wait."""
    if wait.rings_at:
        yield f"le téléphone de {called(wait.rings_at)} sonne"
    if wait.kept_for and wait.kept_until_at_ms is not None:
        whose = "par consigne" if wait.ordered else "qui connaît la personne"
        yield f"attend {called(wait.kept_for)}, {whose}, jusqu'à {at(wait.kept_until_at_ms, zone)} ; ensuite tous"
    if wait.held:
        yield "les agents libres sont gardés pour les urgences et les plus longues attentes"
    if wait.shut:
        yield "la file est fermée aux nouveaux ; ceux qui attendent sont servis"


def at(at_ms: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)):%H:%M:%S}"


def explain_overflow(sent: e.QueueOverflowed) -> Iterator[str]:
    """The lines that say why somebody was sent on."""
    match sent.why:
        case "full":
            yield f"{sent.waiting} en attente dans la file {sent.queue} : plus de place, ou fermée"
        case "empty":
            yield f"personne en poste qui puisse répondre pour la file {sent.queue}, maintenant ou plus tard"
        case "waited":
            yield f"attendait depuis {seconds(sent.measured_ms)}, {seconds(sent.limit_ms)} au plus dans cette file"
        case "estimated":
            yield f"attente estimée de {seconds(sent.measured_ms)}, {seconds(sent.limit_ms)} au plus dans cette file"
    if sent.to == sent.queue:
        yield "des agents d'organisations qui partagent peuvent répondre aussi"


def explain_kept(kept: e.PlaceKept, zone: str) -> Iterator[str]:
    """The line that says whose place somebody has who calls again."""
    yield f"compte depuis {at(kept.arrived_at_ms, zone)}, quand la personne a appelé d'abord"


def explain_put_off(put_off: e.CallbackPutOff, zone: str) -> Iterator[str]:
    """The lines that say why a promised callback comes later, and when."""
    yield _PUT_OFF.get(put_off.why, put_off.why)
    if put_off.tries:
        yield f"{many(put_off.tries, 'appel')} sans réponse jusqu'ici"
    if put_off.until_at_ms is None:
        yield "appelée quand ce sera son tour"
    else:
        day = datetime.fromtimestamp(put_off.until_at_ms / 1000, ZoneInfo(zone))
        yield f"appelée à partir du {day:%d/%m} à {day:%H:%M}"


def _queues(versatility: int) -> str:
    return f"{versatility} file{'s' if versatility > 1 else ''} possible{'s' if versatility > 1 else ''}"


def given_way(step: Relax) -> str:
    said = []
    if step.drop:
        said.append(f"sans {', '.join(step.drop)}")
    if step.lower:
        said.append(f"niveaux baissés de {step.lower}")
    if step.queues:
        said.append(f"aussi les agents de {', '.join(step.queues)}")
    if step.sectors:
        said.append("aussi ceux d'autres secteurs")
    if step.languages:
        said.append("aussi ceux qui ne parlent pas cette langue")
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
