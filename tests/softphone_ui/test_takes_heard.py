"""What a caller said, on the page of whoever speaks with them, and the corrections of that agent."""

from __future__ import annotations

import msgspec

from core import events as e
from core import ids
from core.events.speech import Urgency
from core.personal import Personal
from runtime.scaled.first_picture import past
from softphone_ui.desk import desk
from softphone_ui.picture import Picture
from softphone_ui.table import table
from tests import centres
from tests.softphone_ui.house import House

TELEPHONE = "+33639980017"


def said(interaction: str, number: int, words: str, *, urgency: Urgency = 4, danger: str = "") -> e.SpeechUnderstood:
    detail = e.Detail(
        kind="telephone",
        value=Personal(interaction, "words", TELEPHONE),
        said=Personal(interaction, "words", "zéro six"),
        confidence=70,
    )
    return e.SpeechUnderstood(
        cause="speech",
        interaction=interaction,
        listening=ids.listening(interaction, number),
        words=Personal(interaction, "words", words),
        reading=e.Understanding(
            topic="rsa",
            confidence=82,
            in_scope=True,
            urgency=urgency,
            danger=danger,
            vulnerable=("sans_ressources",) if urgency == 3 else (),
            details=(detail,),
        ),
    )


def shown(house: House) -> dict[str, object] | None:
    agent = house.centre.agents["alice"]
    contact = desk(house.pages.picture, agent, None)["contact"]
    return contact["heard"] if contact is not None else None


def talking(house: House) -> str:
    house.available("alice")
    interaction = house.arrives()
    house.tell(said(interaction, 1, "euh bonjour"), said(interaction, 2, "mon RSA est coupé", urgency=3))
    house.answers(interaction)
    return interaction


async def test_words_topic_urgency_and_details_are_shown_to_whoever_has_the_call(house: House) -> None:
    talking(house)
    heard = shown(house)
    assert heard is not None
    assert heard["words"] == ["euh bonjour", "mon RSA est coupé"]
    assert (heard["topic"], heard["title"], heard["confidence"]) == ("rsa", "Revenu de solidarité active", 82)
    assert (heard["urgency"], heard["vulnerable"], heard["corrected"]) == (3, ("sans_ressources",), False)
    assert heard["details"] == [
        {"kind": "telephone", "value": TELEPHONE, "shown": TELEPHONE, "said": "zéro six", "confidence": 70}
    ]
    assert heard["missing"] == ()


def detail(interaction: str, kind: str, value: str, sure: int = 80) -> e.Detail:
    boxed = Personal(interaction, "words", value)
    return e.Detail(kind=kind, value=boxed, said=boxed, confidence=sure)


async def test_what_was_confirmed_is_sure_and_what_was_asked_in_vain_is_told(house: House) -> None:
    interaction = talking(house)
    of = {"cause": "ivr", "interaction": interaction, "step": "precisions"}
    house.tell(
        e.DetailTaken(**of, detail=detail(interaction, "birth_date", "1946-03-14"), how="confirmed"),
        e.DetailSkipped(**of, kind="telephone", why="not_understood"),
        e.DetailSkipped(**of, kind="file_number", why="unknown"),
    )
    heard = shown(house)
    assert heard is not None
    assert [(one["shown"], one["confidence"]) for one in heard["details"]] == [("14/03/1946", 100)]
    assert heard["missing"] == ("telephone", "file_number")
    alice = await house.logged_in("alice")
    told = {"file_number": "123456", "birth_date": "15/03/1946"}
    body = {"interaction": interaction, "topic": "rsa", "urgency": 4, "details": told}
    assert (await alice.ask("POST", "/api/heard", body)).status == 200
    heard = shown(house)
    assert heard is not None
    assert {one["kind"]: one["value"] for one in heard["details"]} == {**told, "birth_date": "1946-03-15"}
    assert heard["missing"] == ("telephone",)


async def test_the_gravest_stands_whatever_is_said_after_it(house: House) -> None:
    interaction = talking(house)
    house.tell(said(interaction, 3, "il me frappe", urgency=1, danger="violence_en_cours"), said(interaction, 4, "oui"))
    heard = shown(house)
    assert heard is not None
    assert (heard["urgency"], heard["danger"]) == (1, "violence_en_cours")


async def test_who_said_nothing_to_the_assistant_has_nothing_shown(house: House) -> None:
    house.available("alice")
    house.answers(house.arrives())
    assert shown(house) is None


async def test_the_agent_puts_it_right_and_a_stranger_does_not(house: House) -> None:
    interaction = talking(house)
    alice, bruno = await house.logged_in("alice"), await house.logged_in("bruno")
    body = {"interaction": interaction, "topic": "apa", "urgency": 4, "details": {"telephone": "06 39 98 00 18"}}
    assert (await bruno.ask("POST", "/api/heard", body)).status == 409
    answer = await alice.ask("POST", "/api/heard", body)
    assert (answer.status, answer.body["done"]) == (200, True)
    heard = shown(house)
    assert heard is not None
    assert (heard["topic"], heard["urgency"], heard["corrected"]) == ("apa", 4, True)
    assert [detail["value"] for detail in heard["details"]] == ["06 39 98 00 18"]
    (corrected,) = house.said(e.HeardCorrected)
    assert (corrected.agent, corrected.topic) == ("alice", "apa")


async def test_a_topic_that_is_none_and_words_that_were_never_said_are_refused(house: House) -> None:
    interaction = talking(house)
    alice = await house.logged_in("alice")
    answer = await alice.ask("POST", "/api/heard", {"interaction": interaction, "topic": "loterie"})
    assert (answer.status, answer.body["reason"]) == (400, "topic_unknown")
    house.hangs_up(interaction)
    house.tell(e.AgentAsked(cause="pages", agent="alice", wish="ready", reason=""))
    silent = house.arrives()
    house.answers(silent)
    answer = await alice.ask("POST", "/api/heard", {"interaction": silent, "topic": "rsa"})
    assert (answer.status, answer.body["reason"]) == (409, "not_heard")


def test_the_table_says_whether_callers_may_speak_where_they_are_asked_to() -> None:
    assert table(Picture(centres.small()), ("aure",))["speech"] == {}
    picture = Picture(centres.hearing())
    assert table(picture, ("aure",))["speech"]["all"] == {"streams": 0, "listened": 0, "why": "", "trial": False}
    room = e.SpeechCapacity(cause="speech", streams=8, model="essai", trial=True)
    one = centres.interaction(1)
    asked = e.HearingAsked(cause="ivr", interaction=one, listening="h", step="ouverte", until_at_ms=0)
    picture.take((room, asked), 1)
    assert table(picture, ("aure",))["speech"]["all"] == {"streams": 8, "listened": 1, "why": "", "trial": True}
    picture.take((e.StepReached(cause="ivr", interaction=one, step="menu", attempt=1, say=()),), 2)
    assert table(picture, ("aure",))["speech"]["all"]["listened"] == 0


async def test_a_page_that_opens_later_knows_the_room(house: House) -> None:
    house.tell(e.SpeechCapacity(cause="speech", streams=4, model="essai", why="", trial=True))
    now = past(house.kernel)
    assert now.room is not None
    assert (now.room.streams, now.room.trial) == (4, True)
    assert msgspec.json.decode(msgspec.json.encode(now.room))["streams"] == 4
