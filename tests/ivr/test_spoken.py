"""Whoever calls again about the same waits for the agent who knows them, within bounds of time and discretion."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core import events as e
from core import limits
from core.needs import LastAgent, Referent
from core.personal import Personal
from core.script import BY_COMMUNE, Branch, HandOver, Say
from ivr.decide import mind
from tests import centres
from tests.alone import A, Alone, B, answered, arrived, only
from tests.ivr.test_hearing import ROOM, ready, understood

C = centres.interaction(3)
DAY_MS = 24 * 3_600_000


def centre(*, discreet: bool = False, within_ms: int = 7 * DAY_MS) -> Alone:
    rule = LastAgent(within_ms=within_ms, wait_ms=30_000) if within_ms else None
    small = centres.with_queues(centres.small(), "x", last_agent=rule)
    service = msgspec.structs.replace(small.services["solidarites"], discreet=discreet)
    return Alone(mind, msgspec.structs.replace(small, services={"solidarites": service}))


def pressed(interaction: str, key: str) -> e.KeyPressed:
    keys = Personal(interaction, "keys", key)
    return e.KeyPressed(cause="telephony", interaction=interaction, leg=f"{interaction}-c", key=keys)


def called(
    alone: Alone,
    interaction: str,
    caller_key: str = "k",
    key: str = "0",
    how: str = "one",
    referent: str = "",
    commune: str = "",
) -> e.Need:
    """Somebody calls, presses a key at once, and is brought to a person."""
    for text in centres.TEXTS:
        alone.tell(e.PromptReady(cause="s", prompt=f"fr/{text}", path=None))
    alone.tell(msgspec.structs.replace(arrived(interaction), caller_key=caller_key))
    found = e.CitizenFound(
        cause="crm",
        interaction=interaction,
        how=how,  # type: ignore[arg-type]
        record=None,
        referent=referent,
        commune=Personal(interaction, "record", commune) if commune else None,
    )
    alone.tell(found)
    leg = f"{interaction}-c"
    alone.tell(e.LegAnswered(cause="t", interaction=interaction, leg=leg, channel="c"))
    said: list[Any] = []
    while not any(isinstance(one, e.NeedStated) for one in said):
        row = alone.state.dialogues[interaction]
        said = alone.tell(pressed(interaction, key)) if row.state == "listening" else alone.next()
    return only(said, e.NeedStated).need


def talked(alone: Alone, agent: str = "bruno", **changes: Any) -> None:
    called(alone, A, **changes)
    alone.tell(e.CallConnected(cause="t", interaction=A, agent=agent, leg=f"{A}-a1"))
    alone.tell(e.InteractionEnded(cause="t", interaction=A, outcome="answered", reason=""))


def test_who_calls_again_within_days_waits_a_while_for_the_agent_who_knows_them() -> None:
    alone = centre()
    talked(alone)
    alone.now_ms += DAY_MS
    need = called(alone, B)
    assert (need.preferred, need.preferred_ms) == ("bruno", 30_000)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({}, {"caller_key": "another"}),
        ({"caller_key": ""}, {"caller_key": ""}),
        ({}, {"key": "1"}),
        ({"how": "shared"}, {}),
        ({}, {"how": "shared"}),
        ({"key": "1", "agent": "chloé"}, {"key": "1"}),
    ],
    ids=["somebody else", "withheld", "another topic", "shared", "shared by now", "an agent of other queues"],
)
def test_of_others_nobody_is_known(first: dict[str, str], again: dict[str, str]) -> None:
    alone = centre()
    talked(alone, **first)
    assert called(alone, B, **again).preferred == ""


def followed(**queue: Any) -> Alone:
    return Alone(mind, centres.with_queues(centres.small(), "x", referent=Referent(wait_ms=45_000), **queue))


def test_who_is_followed_by_somebody_waits_for_them_rather_than_for_who_spoke_with_them_last() -> None:
    alone = followed(last_agent=LastAgent(within_ms=7 * DAY_MS, wait_ms=30_000))
    talked(alone)
    need = called(alone, B, referent="alice")
    assert (need.preferred, need.preferred_ms) == ("alice", 45_000)
    again = called(alone, C, referent="personne")
    assert (again.preferred, again.preferred_ms) == ("bruno", 30_000)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ({"referent": "alice", "how": "shared"}, "a number that many share"),
        ({"referent": "alice", "how": "unsure"}, "not known for sure"),
        ({"referent": "personne"}, "nobody of ours"),
        ({"referent": "chloé", "key": "1"}, "serves other queues"),
        ({"referent": ""}, "nobody"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_nobody_is_waited_for_as_a_referent_who_is_not_surely_theirs(call: dict[str, str], why: str) -> None:
    assert called(followed(), A, **call).preferred == "", why
    assert called(centre(), A, referent="alice").preferred == "", "no queue asks for it"


def greeted(how: str, *, withheld: bool = False, discreet: bool = False, protected: bool = False) -> str:
    """The step where a Branch on `known` leads somebody."""
    small = centres.hearing()
    services = {name: msgspec.structs.replace(one, discreet=discreet) for name, one in small.services.items()}
    script = small.scripts["accueil"]
    steps = {
        **script.steps,
        "rsa": Branch(on="known", cases={"oui": "reconnu"}, otherwise="generaliste"),
        "reconnu": Say(texts=("accueil.bienvenue",), then="generaliste"),
    }
    topics = {**small.topics, "rsa": msgspec.structs.replace(small.topics["rsa"], protected=protected)}
    scripts = {"accueil": msgspec.structs.replace(script, steps=steps)}
    alone = ready(Alone(mind, msgspec.structs.replace(small, services=services, scripts=scripts, topics=topics)))
    alone.tell(ROOM, arrived(withheld=withheld), answered())
    alone.next()
    record = Personal(A, "record", "7") if how == "one" else None
    alone.tell(e.CitizenFound(cause="crm", interaction=A, how=how, record=record))
    said = understood(alone, "mon RSA", ("rsa", 95))
    return [one.step for one in said if isinstance(one, e.StepReached)][1]


def test_who_is_known_by_one_record_is_greeted_so_and_nobody_else() -> None:
    assert greeted("one") == "reconnu"
    for how in ("none", "shared", "unsure", "late", "away"):
        assert greeted(how) == "generaliste", how
    assert greeted("one", withheld=True) == "generaliste"


def test_discretion_goes_before_any_greeting() -> None:
    assert greeted("one", discreet=True) == "generaliste"
    assert greeted("one", protected=True) == "generaliste"


def lives(commune: str, how: str = "one", *, discreet: bool = False) -> str:
    """The sector that is asked for somebody whose record says that they live there."""
    small = msgspec.structs.replace(centres.small(), communes={"mantes la jolie": "mantois"})
    services = {name: msgspec.structs.replace(one, discreet=discreet) for name, one in small.services.items()}
    script = small.scripts["accueil"]
    steps = script.steps | {"generaliste": HandOver(queue="generaliste", sector=BY_COMMUNE)}
    scripts = small.scripts | {"accueil": msgspec.structs.replace(script, steps=steps)}
    alone = Alone(mind, msgspec.structs.replace(small, services=services, scripts=scripts))
    return called(alone, A, how=how, commune=commune).sector


def test_where_a_person_lives_asks_for_the_agents_of_their_sector_if_that_is_known_for_sure() -> None:
    assert lives("MANTES-LA-JOLIE") == "mantois"
    assert [lives("Ablis"), lives(""), lives("Mantes-la-Jolie", "unsure")] == ["", "", ""]
    assert lives("Mantes-la-Jolie", discreet=True) == ""


def test_what_is_long_ago_discreet_or_not_asked_for_is_not_kept() -> None:
    late = centre()
    talked(late)
    late.now_ms += 8 * DAY_MS
    assert called(late, B).preferred == ""
    for alone in (centre(discreet=True), centre(within_ms=0)):
        talked(alone)
        assert len(alone.state.spoken) == 0


def test_the_oldest_go_first_and_what_no_queue_asks_for_any_more_goes_at_once() -> None:
    alone = centre()
    talked(alone)
    alone.now_ms += 8 * DAY_MS
    called(alone, B, caller_key="another")
    alone.tell(e.CallConnected(cause="t", interaction=B, agent="bruno", leg=f"{B}-a1"))
    assert [key.rpartition("/")[2] for key in alone.state.spoken] == ["another"]
    alone.tell(e.ConfigurationApplied(cause="t", digest="petit"))
    assert len(alone.state.spoken) == 0
    assert limits.SPOKEN_MOST > 0
