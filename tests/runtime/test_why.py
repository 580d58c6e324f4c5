"""Why this agent: told whole, in French, from the fact alone."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest

from core import events as e
from core.events.distribution import PutOff
from core.needs import OverflowsWhen, Relax
from core.step import Step
from runtime.telling import story
from runtime.telling.explained import history
from runtime.telling.why import explain, explain_kept, explain_overflow, explain_put_off, explain_wait, seconds
from softphone_ui.hall import WEB
from tests import centres
from tests.alone import A, B, arrived, chosen, need

WHY = e.Why(
    available=7,
    eligible=5,
    rule="least_versatile",
    waited_ms=200_000,
    turn="edf",
    idle_ms=61_000,
    versatility=2,
    kinds=(e.Kind(like="alice", idle=3), e.Kind(like="bruno", idle=1)),
    eased=(
        e.Eased(
            step=Relax(after_ms=1, drop=("rsa",), lower=1, queues=("generaliste",), sectors=True, tenants=True),
            since_at_ms=centres.START_MS + 5_000,
        ),
    ),
    instead=e.Rival(agent="bruno", idle_ms=8_000, versatility=1),
    following=e.Following(interaction=B, queue="rsa", waited_ms=120_000),
)


def test_everything_that_decided_is_told() -> None:
    fact = e.AgentChosen(
        cause="t", interaction=A, offer="o", agent="alice", phone="1001", leg="l", expires_at_ms=0, why=WHY
    )
    assert list(explain(fact, "Europe/Paris")) == [
        "attendait depuis 3 min 20 s ; tour : le plus près de l'attente visée, ou le plus au-delà",
        "5 aptes sur 7 libres : alice et 2 de même profil, bruno, 1 autre",
        "assoupli depuis 08:30:05 : sans rsa, niveaux baissés de 1, aussi les agents de generaliste, "
        "aussi ceux d'autres secteurs, aussi ceux des organisations qui partagent",
        "alice : le moins polyvalent, puis libre depuis le plus longtemps (libre depuis 1 min 1 s, 2 files possibles)",
        "sinon bruno (libre depuis 8 s, 1 file possible)",
        f"sinon cet agent aurait eu {B} (file rsa, attendait depuis 2 min)",
    ]


def test_a_choice_of_an_older_release_is_told_as_far_as_it_goes() -> None:
    assert len(list(explain(chosen(), "Europe/Paris"))) == 3


def test_the_story_tells_it_under_the_choice_when_asked() -> None:
    kernel = centres.kernel()
    steps = [kernel.receive(e.NodeSeen(cause="t", node="nord", legs=(), phones=("1001",)), centres.START_MS)]
    steps.append(kernel.receive(arrived(A, answered=True), centres.START_MS))
    stated = e.NeedStated(cause="t", interaction=A, need=need())
    steps.append(kernel.receive(stated, centres.START_MS + 1_000))
    assert "tour :" not in story.table(steps, A)
    told = story.table(steps, A, why=True)
    assert "tour : la plus longue attente d'abord" in told
    assert "1 apte sur 1 libre : alice" in told


def test_durations_read_as_people_say_them() -> None:
    assert [seconds(ms) for ms in (0, 59_999, 60_000, 200_000)] == ["0 s", "59 s", "1 min", "3 min 20 s"]


WAIT = e.Wait(
    queue="rsa",
    place=2,
    before=3,
    waited_ms=200_000,
    priority=5,
    turn="edf",
    doing=(e.Doing(state="on_interaction", agents=2), e.Doing(state="paused", agents=1)),
    held=True,
    eased=(e.Eased(step=Relax(after_ms=1, lower=1), since_at_ms=centres.START_MS - 20_000),),
    coming=(e.Coming(step=Relax(after_ms=1, sectors=True), at_ms=centres.START_MS + 40_000, agents=5),),
    first_at_ms=centres.START_MS + 60_000,
    rings_at="",
    kept_for="alice",
    kept_until_at_ms=centres.START_MS + 30_000,
    ordered=True,
    shut=True,
    low_ms=60_000,
    high_ms=240_000,
)


def test_why_somebody_still_waits_is_told_whole_with_what_comes_next() -> None:
    names = {"alice": "Alice"}
    assert list(explain_wait(WAIT, centres.START_MS, "Europe/Paris", lambda name: names.get(name, name))) == [
        "file rsa, n° 2, attend depuis 3 min 20 s, priorité 5",
        "tour : le plus près de l'attente visée, ou le plus au-delà ; 3 avant, pour les mêmes agents",
        "3 agents pourraient la prendre : 2 en conversation, 1 en pause",
        "attend Alice, par consigne, jusqu'à 08:30:30 ; ensuite tous",
        "les agents libres sont gardés pour les urgences et les plus longues attentes",
        "la file est fermée aux nouveaux ; ceux qui attendent sont servis",
        "assoupli depuis 08:29:40 : niveaux baissés de 1",
        "dans 40 s, à 08:30:40 : aussi ceux d'autres secteurs ; alors 5 agents en poste pourraient la prendre",
        "à 08:31:00 : passera avant tous, sauf les urgences",
        "encore 1 min à 4 min d'attente, quatre fois sur cinq",
    ]


def test_of_somebody_nobody_can_take_yet_that_is_told() -> None:
    lonely = msgspec.structs.replace(WAIT, doing=(), before=0, kept_for="", held=False, shut=False, rings_at="bruno")
    told = list(explain_wait(lonely, centres.START_MS, "Europe/Paris"))
    assert told[1].endswith("personne avant, pour les mêmes agents")
    assert told[2:4] == ["aucun agent ne peut encore la prendre", "le téléphone de bruno sonne"]


@pytest.mark.parametrize(
    ("why", "to", "told"),
    [
        ("full", "accueil", ["3 en attente dans la file rsa : plus de place, ou fermée"]),
        ("empty", "accueil", ["personne en poste qui puisse répondre pour la file rsa, maintenant ou plus tard"]),
        ("waited", "accueil", ["attendait depuis 2 min 5 s, 2 min au plus dans cette file"]),
        (
            "estimated",
            "rsa",
            [
                "attente estimée de 2 min 5 s, 2 min au plus dans cette file",
                "des agents d'organisations qui partagent peuvent répondre aussi",
            ],
        ),
    ],
)
def test_why_somebody_was_sent_on(why: OverflowsWhen, to: str, told: list[str]) -> None:
    sent = e.QueueOverflowed(
        cause="acd", interaction="i", queue="rsa", waiting=3, to=to, why=why, measured_ms=125_000, limit_ms=120_000
    )
    assert list(explain_overflow(sent)) == told


def attempt(**more: Any) -> dict[str, Any]:
    return {"cause": "t", "interaction": A, "task": "t-1", **more}


def test_a_callback_that_is_put_off_says_why_and_until_when() -> None:
    of = attempt(queue="rsa", agent="alice")
    later = e.CallbackPutOff(**of, why="unreached", tries=2, until_at_ms=centres.START_MS + 900_000)
    assert list(explain_put_off(later, "Europe/Paris")) == [
        "la personne n'a pas répondu, ou a raccroché avant l'agent",
        "2 appels sans réponse jusqu'ici",
        "appelée à partir du 12/10 à 08:45",
    ]
    crowded = e.CallbackPutOff(**of, why="turn", tries=0, until_at_ms=None)
    assert list(explain_put_off(crowded, "Europe/Paris"))[-1] == "appelée quand ce sera son tour"
    kept = e.PlaceKept(**attempt(arrived_at_ms=centres.START_MS))
    assert list(explain_kept(kept, "Europe/Paris")) == ["compte depuis 08:30:00, quand la personne a appelé d'abord"]


def test_the_history_of_a_callback_says_whose_it_is_who_was_to_call_and_what_came_of_it() -> None:
    of = attempt()
    due = e.CallbackDue(**of, need=need("rsa", tenant="aure"), arrived_at_ms=centres.START_MS - 600_000)
    chosen = e.CallbackChosen(**of, agent="alice", why=WHY)
    later = e.CallbackPutOff(**of, queue="rsa", agent="alice", why="unreached", tries=1, until_at_ms=None)
    at = centres.START_MS
    steps = [Step(seq=1, now_ms=at, input=due, facts=(chosen,)), Step(seq=2, now_ms=at + 30_000, input=later)]
    found = history(steps, A, centres.small())
    assert found is not None
    assert (found.tenant, found.told["queue"]) == ("aure", "rsa")
    [choice], [turn] = found.told["choices"], found.told["turns"]
    assert (choice["task"], choice["became"], len(choice["lines"])) == ("t-1", "unreached", 6)
    assert turn["lines"][-1] == "appelée quand ce sera son tour"
    assert "attendait depuis 3 min 20 s" in story.table(steps, A, why=True)
    kept = e.CallbackKept(**of, queue="rsa")
    talked = history([*steps, Step(seq=3, now_ms=at, input=kept)], A, centres.small())
    assert talked is not None
    assert talked.told["choices"][0]["became"] == "answered"


def test_the_page_has_words_for_whatever_comes_of_a_choice() -> None:
    words = json.loads((WEB / "fr.json").read_text(encoding="utf-8"))
    assert {f"why.{came}" for came in (*get_args(PutOff), "left", "answered")} <= set(words)
