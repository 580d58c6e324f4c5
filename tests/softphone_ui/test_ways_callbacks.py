"""A callback at an hour, asked from a page or by another system: who is meant, the walls, and what the list shows."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any, Final

import pytest

from core import events as e
from core.opening import local
from tests.softphone_ui.house import CALLER, House, known_by

TOMORROW: Final = local(time.time_ns() // 1_000_000) + timedelta(days=1)
AFTER: Final = TOMORROW + timedelta(days=1)
DAY: Final = {"day": f"{TOMORROW:%Y-%m-%d}", "after": "09:00", "before": "12:00"}
TYPED: Final = {**DAY, "service": "solidarites", "queue": "rsa", "number": "06 39 98 00 77"}


async def wishes(house: House, who: str, body: dict[str, Any]) -> Any:
    person = await house.logged_in(who)
    return await person.ask("POST", "/api/callback", body)


async def test_a_number_is_called_back_at_its_hour_and_shown_to_those_who_may_see_it(house: House) -> None:
    alice, chloe = await house.logged_in("alice"), await house.logged_in("chloé")
    async with alice.socket("desk") as desk, chloe.socket("desk") as elsewhere:
        assert (await wishes(house, "bruno", TYPED)).body == {"done": True, "reason": ""}
        (opened,) = house.said(e.TaskOpened)
        assert (opened.queue, opened.tenant, opened.by) == ("rsa", "nord", "bruno")
        assert opened.number.text == "+33639980077"
        assert opened.caller_key == known_by("+33639980077")
        assert (
            f"{local(opened.from_at_ms):%d/%m %H:%M} {local(opened.due_at_ms):%H:%M}" == f"{TOMORROW:%d/%m} 09:00 12:00"
        )
        shown = await desk.until(lambda shown: shown["tasks"])
        assert shown["tasks"][0]["from_at_ms"] == opened.from_at_ms
        assert shown["tasks"][0]["number"] is None, "whom to call is told to the one who has taken it"
        there = await elsewhere.until(lambda shown: "tasks" in shown)
        assert there["tasks"] == []


async def test_whoever_speaks_is_called_back_at_the_number_they_call_from_or_another(house: House) -> None:
    alice = await house.logged_in("alice")
    house.available("alice")
    interaction = house.arrives()
    house.answers(interaction)
    body = {**DAY, "interaction": interaction}
    assert (await alice.ask("POST", "/api/callback", body)).body["done"]
    assert (await alice.ask("POST", "/api/callback", {**body, "number": "01 99 00 00 78"})).body["done"]
    first, second = house.said(e.TaskOpened)
    assert (first.number.text, first.topic, first.queue) == (CALLER, "rsa", "rsa")
    assert (second.number.text, second.caller_key) == ("+33199000078", known_by("+33199000078"))
    assert (await wishes(house, "bruno", body)).body == {"reason": "not_yours"}


async def test_an_hour_of_the_list_is_changed_and_the_callback_called_off(house: House) -> None:
    bruno = await house.logged_in("bruno")
    await bruno.ask("POST", "/api/callback", TYPED)
    (task,) = house.pages.picture.tasks
    later = {"day": f"{AFTER:%Y-%m-%d}", "after": "14:00", "before": "14:30", "task": task}
    assert (await bruno.ask("POST", "/api/callback", later)).body["done"]
    (moved,) = house.pages.picture.tasks.values()
    assert f"{local(moved.opened.from_at_ms):%d/%m %H:%M}" == f"{AFTER:%d/%m} 14:00"
    assert (await wishes(house, "chloé", {**later, "task": moved.opened.task})).status == 404
    off = {"task": moved.opened.task, "wish": "call_off"}
    assert (await bruno.ask("POST", "/api/task", off)).body["done"]
    assert house.pages.picture.tasks == {}


async def test_words_that_were_left_are_heard_first(house: House) -> None:
    task = house.leaves_a_message().task
    answer = await wishes(house, "alice", {**DAY, "task": task})
    assert (answer.status, answer.body) == (409, {"reason": "message_stands"})


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"day": "2026-02-30"}, 400, "no_such_hour"),
        ({"after": "25:00"}, 400, "no_such_hour"),
        ({"after": "demain matin"}, 422, "malformed"),
        ({"number": " "}, 400, "no_number"),
        ({"service": "pmi"}, 400, "unknown_service"),
        ({"number": "112"}, 200, "emergency"),
        ({"number": "0899700000"}, 200, "destination"),
        ({"day": "2020-01-01"}, 200, "hour_past"),
        ({"queue": "absente"}, 200, "queue_unknown"),
    ],
)
async def test_what_does_not_fit_is_told(house: House, changes: dict[str, str], status: int, reason: str) -> None:
    answer = await wishes(house, "bruno", {**TYPED, **changes})
    assert (answer.status, answer.body["reason"]) == (status, reason)
    assert house.said(e.TaskOpened) == []
