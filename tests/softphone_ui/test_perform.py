"""The whole way of a page: log in, be offered a call with its record, say that it is painted, note, be ready."""

from __future__ import annotations

import pytest

from acd.turn import place_in_queue
from core import events as e
from core.ports import Edge, Hearer
from softphone_ui.perform import Pages, PagesFault
from tests.softphone_ui.house import House, known_by


def test_pages_are_an_edge_that_hears() -> None:
    edge: type[Edge] = Pages
    assert issubclass(edge, Hearer)
    assert Pages.performs == ()


async def test_an_offer_comes_with_greeting_and_record_and_is_answered_by_what_was_painted(house: House) -> None:
    alice = await house.logged_in("alice")
    async with alice.socket("desk") as desk:
        house.available("alice")
        await desk.until(lambda shown: shown["me"]["state"] == "available")
        interaction = house.arrives()
        shown = await desk.until(lambda shown: shown["contact"] and shown["contact"]["record"])
        contact = shown["contact"]
        assert (contact["phase"], contact["service"], contact["tenant"]) == (
            "offered",
            "Allo Solidarités",
            "Département du Nord",
        )
        assert contact["greeting"] == "Allo Solidarités Nord, bonjour."
        assert contact["record"]["last_name"] == "Lefèvre"
        painted = await alice.ask("POST", "/api/shown", {"interaction": interaction, "offer": contact["offer"]})
        assert painted.body == {"done": True, "reason": ""}
        [fact] = house.said(e.RecordShown)
        assert (fact.interaction, fact.agent, fact.offer) == (interaction, "alice", contact["offer"])
        house.answers(interaction)
        await desk.until(lambda shown: shown["contact"]["phase"] == "talking")
        house.hangs_up(interaction)
        shown = await desk.until(lambda shown: shown["contact"]["phase"] == "wrap_up")
        assert shown["me"]["until_at_ms"] > shown["now_ms"]
        await alice.ask("POST", "/api/state", {"wish": "ready"})
        await desk.until(lambda shown: shown["me"]["state"] == "available" and shown["contact"] is None)
    assert [reading.agent for _, _, reading in house.records.readings] == ["alice"]


async def test_a_page_open_and_closed_is_a_fact(house: House) -> None:
    alice = await house.logged_in("alice")
    async with alice.socket("desk") as desk, alice.socket("desk") as second:
        await desk.next()
        await second.next()
    await house.until(lambda: [fact.open for fact in house.said(e.PageSeen)] == [True, False])
    async with alice.socket("desk") as desk:
        await desk.next()
    await house.until(lambda: [fact.open for fact in house.said(e.PageSeen)] == [True, False, True, False])


async def test_calls_come_first_and_the_page_is_told_when_to_come_back(house: House) -> None:
    alice = await house.logged_in("alice")
    house.busy = True
    answer = await alice.ask("POST", "/api/state", {"wish": "log_in"})
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, {"reason": "busy"}, "1")


async def test_a_port_that_is_taken_is_told_with_its_remedy(house: House) -> None:
    other = Pages(house.where, house.centre, house.passwords, house.records, house.recordings, place_in_queue, known_by)
    with pytest.raises(PagesFault, match="bloc pages"):
        await other.start(house.tell, lambda: "")
    await other.stop()


async def test_a_call_to_somebody_is_judged_by_the_kernel_and_shown_on_the_page(house: House) -> None:
    alice = await house.logged_in("alice")
    house.available("alice")
    async with alice.socket("desk") as desk:
        answer = await alice.ask("POST", "/api/dial", {"service": "solidarites", "number": "06 39 98 00 42"})
        assert answer.body == {"done": True, "reason": ""}
        shown = await desk.until(lambda shown: shown["contact"])
        contact = shown["contact"]
        assert (contact["phase"], contact["number"], contact["outgoing"]) == ("placed", "+33639980042", True)
    answer = await alice.ask("POST", "/api/dial", {"service": "solidarites", "number": "06 39 98 00 42"})
    assert answer.body == {"done": False, "reason": "agent_busy"}
    [asked, _] = house.said(e.DialAsked)
    assert repr(asked.number) == "«personal number»"


async def test_nobody_is_called_for_a_service_of_another_organisation_or_a_task_of_somebody_else(house: House) -> None:
    bruno = await house.logged_in("bruno")
    for body, status in (
        ({"service": "pmi", "number": "06 39 98 00 42"}, 400),
        ({"service": "solidarites", "number": " "}, 400),
        ({"task": "t"}, 409),
    ):
        assert (await bruno.ask("POST", "/api/dial", body)).status == status
    assert house.said(e.DialAsked) == []


async def test_a_task_that_somebody_else_has_claimed_is_called_by_nobody_else(house: House) -> None:
    alice, other = await house.logged_in("alice"), await house.logged_in("bruno")
    for name in ("alice", "bruno"):
        house.available(name)
    task = house.leaves_a_message().task
    unclaimed = await alice.ask("POST", "/api/dial", {"task": task})
    assert (unclaimed.status, unclaimed.body) == (409, {"reason": "task_not_yours"})
    await other.ask("POST", "/api/task", {"task": task, "wish": "claim"})
    taken = await alice.ask("POST", "/api/dial", {"task": task})
    assert (taken.status, taken.body) == (409, {"reason": "task_taken"})
    assert (await other.ask("POST", "/api/dial", {"task": task})).body == {"done": True, "reason": ""}
    [placed] = house.said(e.CallPlaced)
    assert (placed.agent, placed.task) == ("bruno", task)


async def test_a_task_that_was_claimed_a_moment_ago_is_refused_by_the_kernel(house: House) -> None:
    alice = await house.logged_in("alice")
    house.available("alice")
    task = house.leaves_a_message().task
    await alice.ask("POST", "/api/task", {"task": task, "wish": "claim"})
    shown = house.pages.picture.tasks[task]
    await (await house.logged_in("bruno")).ask("POST", "/api/task", {"task": task, "wish": "claim"})
    house.tell(
        e.TaskAsked(cause="pages", request="", agent="alice", task=task, wish="release"),
        e.TaskAsked(cause="pages", request="", agent="bruno", task=task, wish="claim"),
    )
    shown.agent = "alice"  # the page has not heard of it yet
    answer = await alice.ask("POST", "/api/dial", {"task": task})
    assert (answer.status, answer.body) == (409, {"reason": "task_taken"})
    assert house.said(e.CallPlaced) == []
