"""Every way in × every role × every organisation × nobody: what the table says is what the server does."""

from __future__ import annotations

from typing import Any, Final

import aiohttp
import pytest

from core import events as e
from softphone_ui.access import WAYS, Way
from tests.softphone_ui.house import PEOPLE, SOUTH, House, Person

NOBODY: Final = ""
BODIES: Final[dict[str, Any]] = {
    "/api/session": {"name": "alice", "password": "pas le bon"},
    "/api/state": {"wish": "pause", "reason": "dejeuner"},
    "/api/shown": {"interaction": "i", "offer": "o"},
    "/api/wrap-up": {"interaction": "i", "code": "rsa"},
    "/api/heard": {"interaction": "i", "topic": "rsa"},
    "/api/dial": {"service": "solidarites", "number": "01 99 00 00 42", "task": ""},
    "/api/search": {"interaction": "i", "name": "Lefèvre", "birth_date": "1958-03-02"},
    "/api/open": {"interaction": "i", "found": "f"},
    "/api/name": {"interaction": "i", "found": "f"},
    "/api/transfer": {"interaction": "i", "to": "standard", "into": "entry"},
    "/api/consult": {"interaction": "i", "wish": "join"},
    "/api/help": {"interaction": "i", "to": "secours", "wish": "bring"},
    "/api/task": {"task": "t", "wish": "claim"},
    "/api/callback": {"task": "t", "day": "2026-10-13", "after": "09:00", "before": "12:00"},
    "/api/work": {"task": "t", "take": True},
    "/api/draft": {"task": "t", "draft": "vu"},
    "/api/service": {"wish": "withdraw"},
    "/api/messages": {"id": "m", "channel": "form", "service": "solidarites", "text": "Bonjour"},
    "/api/written": {"task": "t"},
    "/api/instruction": {"order": {"do": "rank", "interaction": "i", "priority": 1}, "reason": "urgence sociale"},
}
# What somebody who may come in is told when there is nothing of theirs behind the door.
INSIDE: Final = {
    "/api/shown": 409,
    "/api/wrap-up": 409,
    "/api/heard": 409,
    "/api/search": 409,
    "/api/open": 409,
    "/api/name": 409,
    "/api/transfer": 409,
    "/api/consult": 409,
    "/api/help": 409,
    "/api/task": 404,
    "/api/callback": 404,
    "/api/draft": 404,
    "/api/written": 404,
    "/api/instruction": 404,
    "/api/contact/{interaction}/why": 404,
    "/api/task/{task}/message": 404,
    "/api/session": 401,
    "/web/{file}": 404,
}


def expected(way: Way, who: str) -> int:
    if way.scope:
        return 401  # people have no token
    if way.roles and who == NOBODY:
        return 401
    if way.roles and PEOPLE[who][0] not in way.roles:
        return 403
    if (way.method, way.path) == ("DELETE", "/api/session"):
        return 204
    if way.path == "/api/dial" and "nord" not in PEOPLE[who][1]:
        return 400  # a service of an organisation that is not theirs
    return INSIDE.get(way.path, 200)


async def status(person: Person, way: Way, **headers: str) -> int:
    if way.method != "WS":
        return (
            await person.ask(
                way.method, way.path.format(file="x", task="t", interaction="i"), BODIES.get(way.path), headers
            )
        ).status
    try:
        async with person.socket(way.path.rpartition("/")[2], headers) as socket:
            await socket.next()
            return 200
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status


@pytest.mark.parametrize("who", [NOBODY, *PEOPLE])
async def test_who_may_come_in(house: House, who: str) -> None:
    person = await house.logged_in(who) if who else house.person()
    found = {}
    for way in sorted(WAYS, key=lambda way: way.method == "DELETE"):  # logging out comes last
        found[(way.method, way.path)] = await status(person, way)
    # A websocket that is refused has one answer for every reason.
    assert found == {
        (way.method, way.path): 403 if way.method == "WS" and expected(way, who) == 401 else expected(way, who)
        for way in WAYS
    }


async def test_what_changes_something_needs_the_token_of_the_session(house: House) -> None:
    alice = await house.logged_in("alice")
    for way in WAYS:
        for token in ("", "x" * 43, "é") if way.changes else ():
            assert await status(alice, way, **{"X-Allo-Token": token}) == 403
    assert house.said(e.AgentAsked) == []


@pytest.mark.parametrize("origin", ["", "https://example.org", "null", "http://127.0.0.1:1"])
async def test_what_comes_from_another_site_is_refused(house: House, origin: str) -> None:
    alice = await house.logged_in("alice")
    for way in WAYS:
        if way.changes or (way.method in ("POST", "WS") and not way.scope):
            assert await status(alice, way, Origin=origin) == 403


async def test_another_name_that_leads_here_is_refused(house: House) -> None:
    answer = await house.person().ask("GET", "/", headers={"Host": "example.org"})
    assert answer.status == 421


async def test_a_role_taken_away_holds_from_the_next_request(house: House) -> None:
    odile = await house.logged_in("odile")
    del house.pages.picture.centre.agents["odile"]
    assert (await odile.ask("GET", "/api/me")).status == 401


async def test_a_supervisor_sees_the_figures_and_agents_of_their_organisations_only(house: House) -> None:
    for agent in ("alice", "bruno", "chloé"):
        house.available(agent)
    house.arrives(SOUTH, record="", tenant="sud")
    odile, paule = await house.logged_in("odile"), await house.logged_in("paule")
    async with odile.socket("table") as north, paule.socket("table") as both:
        seen, whole = await north.next(), await both.next()
    assert sum(row["offered"] for row in seen["queues"].values()) == 0
    assert sum(row["offered"] for row in whole["queues"].values()) == 1
    assert "chloé" not in seen["agents"]
    assert set(whole["agents"]) == set(PEOPLE)


async def test_a_record_of_another_organisation_is_not_shown_to_who_helps_out(house: House) -> None:
    bruno = await house.logged_in("bruno")  # of nord alone; the call is for sud
    async with bruno.socket("desk") as desk:
        house.available("bruno")
        house.arrives(SOUTH)
        shown = await desk.until(lambda shown: shown["contact"])
    assert shown["contact"]["record"] is None
    assert house.records.readings == []


async def test_what_is_not_theirs_can_neither_be_shown_nor_noted(house: House) -> None:
    alice, bruno = await house.logged_in("alice"), await house.logged_in("bruno")
    house.available("alice")
    interaction = house.arrives()
    offer = house.offered(interaction).offer
    for path, body in (
        ("/api/shown", {"interaction": interaction, "offer": offer}),
        ("/api/wrap-up", {"interaction": interaction, "code": "rsa"}),
        ("/api/heard", {"interaction": interaction, "topic": "rsa"}),
    ):
        assert (await bruno.ask("POST", path, body)).status == 409
    assert house.said(e.RecordShown) == house.said(e.WrapUpNoted) == []
    assert (await alice.ask("POST", "/api/shown", {"interaction": interaction, "offer": offer + "x"})).status == 409


async def test_a_message_is_heard_by_the_one_who_has_taken_it(house: House) -> None:
    task = house.leaves_a_message().task
    alice, bruno = await house.logged_in("alice"), await house.logged_in("bruno")
    sound = f"/api/task/{task}/message"
    assert (await alice.ask("GET", sound)).status == 404, "whoever listens takes it first"
    assert (await alice.ask("POST", "/api/task", {"task": task, "wish": "claim"})).body["done"]
    heard = await alice.ask("GET", sound)
    assert (heard.status, heard.body, heard.headers["content-type"]) == (200, "RIFF and so on", "audio/wav")
    assert heard.headers["cache-control"] == "no-store"
    assert (await bruno.ask("GET", sound)).status == 404
    assert [(fact.agent, fact.task) for fact in house.said(e.MessageHeard)] == [("alice", task)]
    house.recordings.kept.clear()
    assert (await alice.ask("GET", sound)).status == 404


async def test_a_supervisor_listens_to_any_message_of_their_organisations_and_that_is_kept(house: House) -> None:
    task = house.leaves_a_message().task
    alice, odile = await house.logged_in("alice"), await house.logged_in("odile")
    await alice.ask("POST", "/api/task", {"task": task, "wish": "claim"})
    async with odile.socket("desk") as desk:
        [shown] = (await desk.next())["tasks"]
    assert (shown["listen"], shown["mine"], shown["with"], shown["number"]) == (True, False, "Alice", None)
    assert (await odile.ask("GET", f"/api/task/{task}/message")).status == 200
    assert [fact.agent for fact in house.said(e.MessageHeard)] == ["odile"]
    southern = house.leaves_a_message(SOUTH).task
    assert (await odile.ask("GET", f"/api/task/{southern}/message")).status == 404
    assert len(house.said(e.MessageHeard)) == 1


async def test_a_message_for_another_organisation_is_nobodys_here(house: House) -> None:
    task = house.leaves_a_message(SOUTH).task
    bruno = await house.logged_in("bruno")
    assert (await bruno.ask("POST", "/api/task", {"task": task, "wish": "claim"})).status == 404
    assert (await bruno.ask("GET", f"/api/task/{task}/message")).status == 404
