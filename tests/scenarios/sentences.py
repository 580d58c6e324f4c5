"""What may happen in a scenario, as sentences that a supervisor understands.

Capital letters are callers (A, B…); agents have their names.  Each sentence says what people, Asterisk or the machine
do; the facts that follow from it come out in the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from core import events as e
from core import ids
from core.centre import AgentWish
from core.events.hours import ServiceWish
from core.events.outgoing import TransferInto
from core.personal import Personal
from core.step import EVENTS
from core.text import Text, typed
from tests import centres
from tests.scenarios.stage import Stage

Act = Callable[..., None]
SENTENCES: Final[list[tuple[re.Pattern[str], Act]]] = []


def sentence(pattern: str) -> Callable[[Act], Act]:
    """Registers what a sentence does: (stage, now_ms, what the groups of the pattern hold)."""

    def register(act: Act) -> Act:
        SENTENCES.append((re.compile(pattern), act))
        return act

    return register


def play(stage: Stage, text: str, now_ms: int) -> None:
    """Does what `text` says; ValueError for a sentence that nobody knows."""
    for pattern, act in SENTENCES:
        found = pattern.fullmatch(text)
        if found is not None:
            act(stage, now_ms, **found.groupdict())
            return
    raise ValueError(f"no such sentence: {text!r}")


# -- callers ----------------------------------------------------------------------------------------------------------


def _number(who: str) -> str:
    return f"+3363998000{ord(who) - ord('A')}"


@sentence(r"(?P<who>[A-Z]) appelle(?P<withheld> \(numéro masqué\))?")
def _calls(stage: Stage, now_ms: int, who: str, withheld: str | None) -> None:
    number = None if withheld else _number(who)
    stage.asterisk.arrives(stage.interaction(who), centres.NUMBER, number, now_ms)


@sentence(r"(?P<who>[A-Z]) est un télécopieur")
def _is_a_fax(stage: Stage, now_ms: int, who: str) -> None:
    stage.asterisk.calls_out_as_fax(ids.caller_leg(stage.interaction(who)), now_ms)


@sentence(r"(?P<who>[A-Z]) rappelle pour (?P<same>[A-Z])")
def _calls_again(stage: Stage, now_ms: int, who: str, same: str) -> None:
    """Another call from the telephone of `same`."""
    stage.asterisk.arrives(stage.interaction(who), centres.NUMBER, _number(same), now_ms)


@sentence(r"(?P<who>[A-Z]) se tait au message")
def _says_nothing(stage: Stage, _now_ms: int, who: str) -> None:
    stage.interaction(who)
    stage.asterisk.says_ms = lambda _command: 0


@sentence(r"(?P<who>[A-Z]) appelle un numéro que personne n'a")
def _calls_nobody(stage: Stage, now_ms: int, who: str) -> None:
    stage.asterisk.arrives(stage.interaction(who), "+33199009999", f"+3363998000{ord(who) - ord('A')}", now_ms)


@sentence(r"(?P<who>[A-Z]) appuie sur (?P<key>[0-9*#])")
def _presses(stage: Stage, now_ms: int, who: str, key: str) -> None:
    stage.asterisk.presses(stage.caller(who), key, now_ms)


@sentence(r"(?P<who>[A-Z]) tape (?P<keys>[0-9*#]+)")
def _types(stage: Stage, now_ms: int, who: str, keys: str) -> None:
    for key in keys:
        stage.asterisk.presses(stage.caller(who), key, now_ms)


@sentence(r"(?P<who>[A-Z]) dit « (?P<words>.+) »")
def _says(stage: Stage, _now_ms: int, who: str, words: str) -> None:
    stage.listener.says(stage.interaction(who), words)


@sentence(r"(?P<who>[A-Z]) se tait")
def _is_silent(stage: Stage, _now_ms: int, who: str) -> None:
    stage.listener.hears_nothing(stage.interaction(who))


@sentence(r"(?P<who>[A-Z]) raccroche")
def _hangs_up(stage: Stage, now_ms: int, who: str) -> None:
    stage.asterisk.hangs_up(stage.caller(who), now_ms)


# -- agents -----------------------------------------------------------------------------------------------------------


@sentence(r"(?P<who>\w+) décroche")
def _answers(stage: Stage, now_ms: int, who: str) -> None:
    stage.asterisk.answers(stage.rung(who), now_ms)


@sentence(r"(?P<who>[a-zé]+) raccroche")
def _agent_hangs_up(stage: Stage, now_ms: int, who: str) -> None:
    stage.asterisk.hangs_up(stage.rung(who), now_ms)


@sentence(r"(?P<who>\w+) refuse")
def _declines(stage: Stage, now_ms: int, who: str) -> None:
    stage.asterisk.hangs_up(stage.rung(who), now_ms, "declined", 21)


@sentence(r"la ligne de (?P<who>\w+) est coupée par le réseau")
def _congestion(stage: Stage, now_ms: int, who: str) -> None:
    leg = stage.caller(who) if len(who) == 1 else stage.rung(who)
    stage.asterisk.hangs_up(leg, now_ms, "failed", 38)


_WISHES: Final[dict[str, AgentWish]] = {
    "se dit disponible": "ready",
    "demande une pause": "pause",
    "se connecte": "log_in",
    "se déconnecte": "log_out",
    "ne veut plus rien après": "cancel",
    "a fini ses notes": "finish",
    "prolonge ses notes": "longer",
}


@sentence(rf"(?P<who>\w+) (?P<wish>{'|'.join(_WISHES)})(?: \((?P<reason>\w+)\))?")
def _asks(stage: Stage, _now_ms: int, who: str, wish: str, reason: str | None) -> None:
    stage.submit(e.AgentAsked(cause="telephony", agent=who, wish=_WISHES[wish], reason=reason or ""))


@sentence(r"le poste de (?P<who>\w+) s'éteint")
def _phone_off(stage: Stage, _now_ms: int, who: str) -> None:
    stage.asterisk.phones.discard(stage.phone(who))
    if stage.asterisk.listening:
        stage.submit(e.PhoneSeen(cause="telephony", phone=stage.phone(who), reachable=False))


@sentence(r"le poste de (?P<who>\w+) s'allume")
def _phone_on(stage: Stage, _now_ms: int, who: str) -> None:
    stage.asterisk.phones.add(stage.phone(who))
    if stage.asterisk.listening:
        stage.submit(e.PhoneSeen(cause="telephony", phone=stage.phone(who), reachable=True))


@sentence(r"le poste de (?P<who>\w+) sonne dans le vide, sans même sonner")
def _dead_phone(stage: Stage, _now_ms: int, who: str) -> None:
    stage.dead_phones.add(stage.phone(who))


_TASK_WISHES: Final[dict[str, e.TaskWish]] = {"prend": "claim", "rend": "release", "clôt": "close"}


@sentence(r"(?P<who>\w+) (?P<wish>prend|rend|clôt) la tâche de (?P<of>[A-Z])")
def _task(stage: Stage, _now_ms: int, who: str, wish: str, of: str) -> None:
    task = ids.task(stage.interaction(of))
    stage.submit(e.TaskAsked(cause="pages", request=f"{who}-{wish}", agent=who, task=task, wish=_TASK_WISHES[wish]))


@sentence(r"« (?P<words>.+) » est dit à tous pendant (?P<seconds>\d+) s")
def _said_to_all(stage: Stage, now_ms: int, words: str, seconds: str) -> None:
    _asked_of_service(stage, now_ms, "announce", int(seconds), typed(words))


@sentence(r"le message à tous est retiré")
def _silenced(stage: Stage, now_ms: int) -> None:
    _asked_of_service(stage, now_ms, "withdraw")


@sentence(r"le service ferme plus tôt, pendant (?P<seconds>\d+) s")
def _closes_early(stage: Stage, now_ms: int, seconds: str) -> None:
    _asked_of_service(stage, now_ms, "shut", int(seconds))


def _asked_of_service(stage: Stage, now_ms: int, wish: ServiceWish, seconds: int = 0, text: Text | None = None) -> None:
    stage.submit(
        e.ServiceAsked(
            cause="counter",
            request=wish,
            by="@exploitation",
            wish=wish,
            services=("solidarites",),
            text=text,
            until_at_ms=now_ms + 1_000 * seconds,
            reason="panne",
        )
    )


@sentence(r"(?P<who>[A-Z]) est déplacée vers la file (?P<queue>\w+)(?P<anyway>, malgré tout)?")
def _moved(stage: Stage, _now_ms: int, who: str, queue: str, anyway: str | None) -> None:
    _instructed(stage, e.Move(interaction=stage.interaction(who), queue=queue), anyway=anyway is not None)


@sentence(r"(?P<who>[A-Z]) est donnée à (?P<agent>\w+)(?P<anyway>, malgré tout)?")
def _given(stage: Stage, _now_ms: int, who: str, agent: str, anyway: str | None) -> None:
    _instructed(stage, e.Give(interaction=stage.interaction(who), agent=agent), anyway=anyway is not None)


@sentence(r"la file (?P<queue>\w+) est fermée pendant (?P<seconds>\d+) s(?P<over>, ceux qui attendent débordent)?")
def _shut(stage: Stage, now_ms: int, queue: str, seconds: str, over: str | None) -> None:
    until_at_ms = now_ms + 1_000 * int(seconds)
    _instructed(stage, e.Shut(queue=queue, until_at_ms=until_at_ms, waiting="overflow" if over else "keep"))


def _instructed(stage: Stage, what: e.Instruction, *, anyway: bool = False) -> None:
    given = e.InstructionGiven(
        cause="counter", request="consigne", by="@exploitation", what=what, reason="afflux", anyway=anyway
    )
    stage.submit(given)


@sentence(r"(?P<who>\w+) ouvre sa page")
def _page(stage: Stage, _now_ms: int, who: str) -> None:
    stage.submit(e.PageSeen(cause="pages", agent=who, open=True))


@sentence(r"la page d'(?P<agent>\w+) affiche (?P<who>[A-Z])")
def _paints(stage: Stage, _now_ms: int, agent: str, who: str) -> None:
    interaction = stage.interaction(who)
    stage.submit(e.RecordShown(cause="pages", interaction=interaction, offer=ids.offer(interaction, 1), agent=agent))


# -- calls of agents, and transfers -----------------------------------------------------------------------------------


@sentence(r"(?P<agent>\w+) appelle (?P<who>[A-Z]) au (?P<number>[0-9 ]+?)(?: pour la tâche de (?P<of>[A-Z]))?")
def _dials(stage: Stage, _now_ms: int, agent: str, who: str, number: str, of: str | None) -> None:
    interaction = stage.interaction(who)
    asked = e.DialAsked(
        cause="pages",
        request=f"{agent}-appelle",
        interaction=interaction,
        agent=agent,
        service="solidarites",
        number=Personal(interaction, "number", number),
        task=ids.task(stage.interaction(of)) if of else "",
    )
    stage.submit(asked)


@sentence(r"le téléphone appelé pour (?P<who>[A-Z]) (?P<does>décroche|raccroche|est occupé)")
def _called(stage: Stage, now_ms: int, who: str, does: str) -> None:
    leg = stage.called(who)
    if does == "décroche":
        stage.asterisk.answers(leg, now_ms)
    elif does == "raccroche":
        stage.asterisk.hangs_up(leg, now_ms)
    else:
        stage.asterisk.hangs_up(leg, now_ms, "busy", 17)


@sentence(r"(?P<who>[A-Z]) (?P<does>décroche|raccroche|refuse), rappelée?")
def _called_back(stage: Stage, now_ms: int, who: str, does: str) -> None:
    leg = stage.called_back(who)
    if does == "décroche":
        stage.asterisk.answers(leg, now_ms)
    else:
        stage.asterisk.hangs_up(leg, now_ms, *(("busy", 17) if does == "refuse" else ("hung_up", 16)))


_INTO: Final[dict[str, TransferInto]] = {"l'annuaire": "entry", "la file": "queue", "l'agent": "agent"}


@sentence(
    rf"(?P<agent>\w+) (?P<how>transfère|parle d'abord de) (?P<who>[A-Z]) (?:vers|à) "
    rf"(?P<into>{'|'.join(_INTO)}) (?P<to>\w+)"
)
def _hands_on(stage: Stage, _now_ms: int, agent: str, how: str, who: str, into: str, to: str) -> None:
    asked = e.TransferAsked(
        cause="pages",
        request=f"{agent}-transfère",
        agent=agent,
        interaction=stage.interaction(who),
        to=to,
        into=_INTO[into],
        consult=how != "transfère",
    )
    stage.submit(asked)


_HELPED: Final[dict[str, e.HelpWish]] = {"fait venir": "bring", "renonce aux": "dismiss", "se retire des": "leave"}


@sentence(rf"(?P<agent>\w+) (?P<how>{'|'.join(_HELPED)}) (?:les )?secours (?:auprès de|avec) (?P<who>[A-Z])")
def _helps(stage: Stage, _now_ms: int, agent: str, how: str, who: str) -> None:
    wish = _HELPED[how]
    asked = e.HelpAsked(
        cause="pages",
        request=f"{agent}-{wish}",
        agent=agent,
        interaction=stage.interaction(who),
        to="secours" if wish == "bring" else "",
        wish=wish,
    )
    stage.submit(asked)


@sentence(r"(?P<agent>\w+) (?P<wish>met en relation|reprend) (?P<who>[A-Z])")
def _wishes(stage: Stage, _now_ms: int, agent: str, wish: str, who: str) -> None:
    stage.submit(
        e.ConsultAsked(
            cause="pages",
            request=f"{agent}-décide",
            agent=agent,
            interaction=stage.interaction(who),
            wish="join" if wish == "met en relation" else "take_back",
        )
    )


# -- Asterisk, speech, the journal, and ourselves ----------------------------------------------------------------------


@sentence(r"Asterisk n'exécute pas le prochain (?P<command>\w+)")
def _swallows(stage: Stage, _now_ms: int, command: str) -> None:
    stage.ends[command] = "swallowed"


@sentence(r"le prochain (?P<command>\w+) échoue")
def _fails(stage: Stage, _now_ms: int, command: str) -> None:
    stage.ends[command] = "failed"


@sentence(r"le prochain (?P<command>\w+) est refusé")
def _refuses(stage: Stage, _now_ms: int, command: str) -> None:
    stage.ends[command] = "refused"


@sentence(r"Asterisk dit (?P<fact>\w+)(?: (?P<party>[A-Z](?:-\w+)?))?(?P<fields>(?: \w+=\S+)*)")
def _tells(stage: Stage, _now_ms: int, fact: str, party: str | None, fields: str) -> None:
    """Any fact whatever, with its fields: for what a sound Asterisk never says."""
    kind = EVENTS[fact]
    values: dict[str, Any] = {"cause": "telephony", **dict(pair.split("=") for pair in fields.split())}
    if party is not None:
        who, _, suffix = party.partition("-")
        values["interaction"] = stage.interaction(who)
        values["leg"] = f"{values['interaction']}-{suffix or ids.CALLER}"
        line = stage.asterisk.lines.get(values["leg"])
        values.setdefault("channel", line.channel if line is not None else "PJSIP/inconnu")
    values |= {name: None for name in ("caller", "caller_name") if name not in values}
    known = {name: value for name, value in values.items() if name in kind.__struct_fields__}
    stage.submit(msgspec.convert({"event": fact, **known}, kind, strict=False))


@sentence(r"Asterisk est tué")
def _asterisk_killed(stage: Stage, _now_ms: int) -> None:
    stage.asterisk.listening = False
    stage.asterisk.lines.clear()
    stage.submit(e.NodeLost(cause="telephony", node="nord", reason="Asterisk est mort"))


@sentence(r"la liaison avec Asterisk tombe")
def _link_down(stage: Stage, _now_ms: int) -> None:
    stage.asterisk.listening = False
    stage.submit(e.NodeLost(cause="telephony", node="nord", reason="liaison coupée"))


@sentence(r"la liaison avec Asterisk revient")
def _link_up(stage: Stage, _now_ms: int) -> None:
    stage.look()


@sentence(r"Allo est tué")
def _killed(stage: Stage, _now_ms: int) -> None:
    stage.die()


@sentence(r"Allo redémarre")
def _restarts(stage: Stage, _now_ms: int) -> None:
    stage.restart()


@sentence(r"le message (?P<prompt>\S+) est prêt")
def _prompt_ready(stage: Stage, _now_ms: int, prompt: str) -> None:
    stage.submit(e.PromptReady(cause="speech", prompt=prompt, path=f"/prompts/{prompt}"))


@sentence(r"le message (?P<prompt>\S+) ne peut pas être fait")
def _prompt_failed(stage: Stage, _now_ms: int, prompt: str) -> None:
    stage.submit(e.PromptReady(cause="speech", prompt=prompt, path=None))


@sentence(r"les fiches ne répondent plus")
def _records_silent(stage: Stage, _now_ms: int) -> None:
    stage.look_up = lambda _command, _now_ms: None


@sentence(r"les fiches disent de (?P<who>[A-Z]) : (?P<how>\w+)")
def _record(stage: Stage, _now_ms: int, who: str, how: e.Found) -> None:
    interaction = stage.interaction(who)
    record = Personal(interaction, "record", "fiche") if how == "one" else None
    stage.submit(e.CitizenFound(cause="crm_bridge", interaction=interaction, how=how, record=record))


@sentence(r"le journal ne garde plus rien")
def _journal_down(stage: Stage, _now_ms: int) -> None:
    stage.submit(e.JournalAlarm(cause="journal", kept=False, reason="disque plein"))


@sentence(r"le journal garde de nouveau")
def _journal_up(stage: Stage, _now_ms: int) -> None:
    stage.submit(e.JournalAlarm(cause="journal", kept=True, reason=""))


@sentence(r"la configuration « (?P<digest>\w+) » est appliquée")
def _configured(stage: Stage, _now_ms: int, digest: str) -> None:
    stage.submit(e.ConfigurationApplied(cause="reload", digest=digest))


@sentence(r"un défaut attend (?P<mind>\w+) au prochain (?P<fact>\w+)")
def _fault(stage: Stage, _now_ms: int, mind: str, fact: str) -> None:
    stage.break_once(mind, fact)


@sentence(r"fin")
def _end(_stage: Stage, _now_ms: int) -> None:
    """Nothing but time."""
