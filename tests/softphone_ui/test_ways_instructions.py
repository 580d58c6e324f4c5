"""What a supervisor's page may order, what the table then shows, and the walls."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from acd import instructions
from core import events as e
from runtime.scaled.first_picture import first_picture, past
from softphone_ui.picture import Picture, count_day
from softphone_ui.ways_instructions import UNKNOWN
from tests.softphone_ui.house import SOUTH, House
from tests.softphone_ui.journals import Kept

WHY: Final = "afflux au RSA"
TEXTS: Final = json.loads((Path(__file__).parents[2] / "softphone_ui" / "web" / "fr.json").read_text(encoding="utf-8"))


def ordered(order: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"order": order, "reason": WHY, **more}


def move(interaction: str, queue: str = "generaliste") -> dict[str, Any]:
    return ordered({"do": "move", "interaction": interaction, "queue": queue}, anyway=True)


async def test_who_waits_is_shown_in_turn_with_need_and_place_and_is_moved_with_it(house: House) -> None:
    first, second = house.arrives(tenant="nord"), house.arrives(tenant="nord")
    odile = await house.logged_in("odile")
    async with odile.socket("table") as table:
        shown = (await table.next())["waiting"]
        assert [(shown[one]["queue"], shown[one]["place"]) for one in (first, second)] == [("rsa", 1), ("rsa", 2)]
        assert (shown[first]["topic"], shown[first]["service"]) == ("rsa", "Allo Solidarités")
        answer = await odile.ask("POST", "/api/instruction", move(second))
        assert (answer.status, answer.body) == (200, {"done": True, "reason": ""})
        told = await table.until(lambda shown: shown["waiting"][second]["queue"] == "generaliste")
        assert told["waiting"][second]["since_ms"] == shown[second]["since_ms"]
        assert (told["queues"]["rsa"]["moved"], told["queues"]["generaliste"]["offered"]) == (1, 1)
        [row] = told["ordered"].values()
        assert (row["by"], row["what"], row["queue"], row["reason"]) == (
            "Odile",
            "ContactMoved",
            "Accueil généraliste",
            WHY,
        )
    (moved,) = house.said(e.ContactMoved)
    assert (moved.by, moved.reason, moved.left) == ("odile", WHY, "rsa")


async def test_priority_changes_the_place(house: House) -> None:
    _first, second = house.arrives(tenant="nord"), house.arrives(tenant="nord")
    odile = await house.logged_in("odile")
    async with odile.socket("table") as table:
        await odile.ask("POST", "/api/instruction", ordered({"do": "rank", "interaction": second, "priority": 1}))
        shown = await table.until(lambda shown: shown["waiting"][second]["place"] == 1)
    assert shown["waiting"][second]["priority"] == 1


async def test_a_supervisor_takes_somebody_themselves_on_second_thought(house: House) -> None:
    house.available("odile")
    interaction = house.arrives(tenant="nord")
    odile = await house.logged_in("odile")
    order = {"do": "give", "interaction": interaction}
    assert (await odile.ask("POST", "/api/instruction", ordered(order))).body == {"done": False, "reason": "unskilled"}
    assert (await odile.ask("POST", "/api/instruction", ordered(order, anyway=True))).body["done"]
    assert house.offered(interaction).agent == "odile"
    assert house.offered(interaction).why.rule == "given"


async def test_an_agent_whose_state_is_changed_is_told_by_whom_and_why_until_they_wish_something(house: House) -> None:
    house.available("bruno")
    odile, bruno = await house.logged_in("odile"), await house.logged_in("bruno")
    async with bruno.socket("desk") as desk:
        order = {"do": "force", "agent": "bruno", "wish": "pause"}
        assert (await odile.ask("POST", "/api/instruction", ordered(order))).body["done"]
        shown = await desk.until(lambda shown: shown["me"]["state"] == "paused")
        assert (shown["me"]["ordered_by"], shown["me"]["ordered_why"]) == ("Odile", WHY)
        await bruno.ask("POST", "/api/state", {"wish": "ready"})
        shown = await desk.until(lambda shown: shown["me"]["state"] == "available")
        assert shown["me"]["ordered_by"] == ""


async def test_a_queue_is_shut_for_ones_own_people_only(house: House) -> None:
    odile, paule = await house.logged_in("odile"), await house.logged_in("paule")
    order = {"do": "shut", "queue": "rsa", "minutes": 30}
    async with odile.socket("table") as north, paule.socket("table") as both:
        assert (await odile.ask("POST", "/api/instruction", ordered(order))).body["done"]
        for watching in (north, both):
            shown = await watching.until(lambda shown: shown["queues"]["rsa"]["shut_until_at_ms"])
            assert shown["queues"]["rsa"]["shut_by"] == "Odile"
        assert [fact.tenant for fact in house.said(e.QueueShut)] == ["nord"]
        answer = await odile.ask("POST", "/api/instruction", ordered({"do": "reopen", "queue": "rsa"}))
        assert answer.body["done"]
        await both.until(lambda shown: shown["queues"]["rsa"]["shut_until_at_ms"] is None)


@pytest.mark.parametrize(
    ("who", "status"), [("alice", 403), ("bruno", 403), ("odile", 404), ("paule", 200), ("rémi", 200)]
)
async def test_nobody_hears_of_who_waits_for_another_organisation(house: House, who: str, status: int) -> None:
    southern = house.arrives(SOUTH, record="", tenant="sud")
    person = await house.logged_in(who)
    for order in (
        {"do": "move", "interaction": southern, "queue": "generaliste"},
        {"do": "rank", "interaction": southern, "priority": 2},
        {"do": "force", "agent": "chloé", "wish": "ready"},
    ):
        answer = await person.ask("POST", "/api/instruction", ordered(order, anyway=True))
        assert answer.status == status
        nobody = {**order, "agent": "personne"} if "agent" in order else {**order, "interaction": "personne"}
        unknown = await person.ask("POST", "/api/instruction", ordered(nobody, anyway=True))
        if status == 404:
            assert (answer.body, answer.headers.keys()) == (unknown.body, unknown.headers.keys())
    assert bool(house.said(e.ContactMoved)) == (status == 200)


async def test_the_table_of_one_organisation_shows_nobody_who_waits_for_another(house: House) -> None:
    house.arrives(SOUTH, record="", tenant="sud")
    northern = house.arrives(tenant="nord")
    odile, paule = await house.logged_in("odile"), await house.logged_in("paule")
    await paule.ask(
        "POST", "/api/instruction", ordered({"do": "force", "agent": "chloé", "wish": "ready"}, anyway=True)
    )
    async with odile.socket("table") as north, paule.socket("table") as both:
        seen, whole = await north.next(), await both.next()
    assert list(seen["waiting"]) == [northern]
    assert len(whole["waiting"]) == 2
    assert (len(seen["ordered"]), len(whole["ordered"])) == (0, 1)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"do": "rank", "interaction": "A", "priority": 5}, "rank_unfit"),
        ({"do": "move", "interaction": "A", "queue": "rsa"}, "queue_same"),
        ({"do": "move", "interaction": "A", "queue": "generaliste"}, "nobody_there"),
        ({"do": "give", "interaction": "A", "agent": "bruno"}, "agent_away"),
        ({"do": "force", "agent": "bruno", "wish": "log_out"}, "state_same"),
        ({"do": "force", "agent": "bruno", "wish": "ready"}, "not_here"),
        ({"do": "reopen", "queue": "rsa"}, "not_shut"),
    ],
)
async def test_what_cannot_be_is_answered_in_words(house: House, order: dict[str, Any], reason: str) -> None:
    interaction = house.arrives(tenant="nord")
    odile = await house.logged_in("odile")
    asked = {**order, "interaction": interaction} if "interaction" in order else order
    assert (await odile.ask("POST", "/api/instruction", ordered(asked))).body == {"done": False, "reason": reason}
    assert f"order.refused.{reason}" in TEXTS


def test_every_refusal_of_an_order_has_its_words() -> None:
    refusals = set(re.findall(r'return "(\w+)"', inspect.getsource(instructions)))
    refusals |= {"reason_missing", "not_shut", "code_missing", "pause_full"}
    assert {f"order.refused.{word}" for word in refusals - set(UNKNOWN)} <= set(TEXTS)


@pytest.mark.parametrize("reason", ["", "  ", "a\nb c"])
async def test_an_order_without_a_reason_is_none(house: House, reason: str) -> None:
    odile = await house.logged_in("odile")
    answer = await odile.ask("POST", "/api/instruction", {"order": {"do": "reopen", "queue": "rsa"}, "reason": reason})
    assert answer.body == {"done": False, "reason": "reason_missing"}


def wish(what: str, reason: str = "") -> e.AgentAsked:
    return e.AgentAsked(cause="telephony", agent="alice", wish=what, reason=reason)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        {"order": {"do": "move", "interaction": "A"}, "reason": WHY},
        {"order": {"do": "rank", "interaction": "A", "priority": 0}, "reason": WHY},
        {"order": {"do": "hang_up", "interaction": "A"}, "reason": WHY},
        {"order": {"do": "shut", "queue": "rsa", "minutes": 10**9}, "reason": WHY},
        {"order": {"do": "reopen", "queue": "rsa"}},
        {"reason": WHY},
    ],
)
async def test_what_is_not_described_is_refused(house: House, body: dict[str, Any]) -> None:
    odile = await house.logged_in("odile")
    assert (await odile.ask("POST", "/api/instruction", body)).status == 422
    assert house.said(e.InstructionGiven) == []


async def test_a_start_at_noon_knows_what_was_ordered_before(house: House) -> None:
    house.available("alice")
    house.tell(wish("pause", "dejeuner"))
    interaction = house.arrives(tenant="nord")
    paule = await house.logged_in("paule")
    for order in (
        {"do": "rank", "interaction": interaction, "priority": 2},
        {"do": "shut", "queue": "rsa", "minutes": 30},
        {"do": "force", "agent": "alice", "wish": "log_out"},
    ):
        assert (await paule.ask("POST", "/api/instruction", ordered(order))).body["done"]
    fresh, old = Picture(house.centre), house.pages.picture
    first = first_picture(past(house.kernel), Kept(house.steps))
    fresh.begin(first.past, first.live)
    fresh.add(count_day(house.centre, first.past, first.day, first.counted_since_ms))
    assert (fresh.shut, fresh.ordered) == (old.shut, old.ordered)
    assert [row.tenants for row in fresh.ordered][:2] == [("nord",), ("nord", "sud")]
    alice = fresh.agents["alice"]
    assert (alice.ordered_by, alice.ordered_why, alice) == ("paule", WHY, old.agents["alice"])
    assert fresh.contacts[interaction].priority == 2


async def test_what_an_agent_wishes_themselves_comes_after_what_was_wished_for_them(house: House) -> None:
    house.available("alice")
    paule = await house.logged_in("paule")
    order = {"do": "force", "agent": "alice", "wish": "pause"}
    assert (await paule.ask("POST", "/api/instruction", ordered(order))).body["done"]
    assert past(house.kernel).agents["alice"].ordered_by == "paule"
    house.tell(wish("ready"))
    assert past(house.kernel).agents["alice"].ordered_by == "" == house.pages.picture.agents["alice"].ordered_by


async def test_why_somebody_waits_is_told_and_afterwards_why_whom(house: House) -> None:
    interaction = house.arrives(tenant="nord")
    odile = await house.logged_in("odile")
    path = f"/api/contact/{interaction}/why"
    answer = await odile.ask("GET", path)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    waiting = answer.body["waiting"]
    assert (waiting["queue"], waiting["place"], waiting["doing"]) == (
        "rsa",
        1,
        [{"state": "logged_out", "agents": 2}],
    )
    assert "2 agents pourraient la prendre : 2 absents" in waiting["lines"]
    assert answer.body["history"]["choices"] == []
    await odile.ask("POST", "/api/instruction", ordered({"do": "rank", "interaction": interaction, "priority": 2}))
    house.available("alice")
    house.answers(interaction)
    answer = await odile.ask("GET", path)
    assert answer.body["waiting"] is None
    [choice] = answer.body["history"]["choices"]
    assert (choice["agent"], choice["became"], choice["why"]["eligible"]) == ("alice", "answered", 1)
    assert any("Alice" in line for line in choice["lines"])
    [order] = answer.body["history"]["orders"]
    assert (order["by"], order["reason"]) == ("odile", WHY)
    house.hangs_up(interaction)
    assert (await odile.ask("GET", path)).body["history"]["outcome"] == "answered"
    assert "+33" not in json.dumps(answer.body)


@pytest.mark.parametrize(("who", "status"), [("alice", 403), ("odile", 404), ("paule", 200), ("rémi", 200)])
async def test_nobody_hears_why_somebody_waits_for_another_organisation(house: House, who: str, status: int) -> None:
    southern = house.arrives(SOUTH, record="", tenant="sud")
    person = await house.logged_in(who)
    for _ in ("waiting", "gone"):
        answer = await person.ask("GET", f"/api/contact/{southern}/why")
        assert answer.status == status
        unknown = await person.ask("GET", f"/api/contact/{house.mint()}/why")
        assert unknown.status == (403 if status == 403 else 404)
        if status == 404:
            assert (answer.body, answer.headers.keys()) == (unknown.body, unknown.headers.keys())
        house.hangs_up(southern)
