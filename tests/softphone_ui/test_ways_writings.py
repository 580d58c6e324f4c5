"""What people write, from another system's token to an agent's answer, through the real server and a real kernel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core import events as e
from core import limits
from core.centre import Tasks
from core.commands import UnderstandWriting
from core.events.speech import Understanding
from tests.softphone_ui.house import House, Person, two_tenants

BODY = {
    "id": "m-1",
    "channel": "email",
    "service": "solidarites",
    "text": "Je n'ai pas reçu mon RSA.",
    "sender": "a@x.fr",
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path, msgspec.structs.replace(two_tenants(), tasks=Tasks(offered=True)))
    await house.start()
    yield house
    await house.stop()


def machine(house: House, tenant: str = "nord") -> Person:
    token = house.door.tokens.add(f"site-{tenant}", tenant=tenant, scopes=("messages",), made_on="2026-11-23")
    person = house.person()
    person.headers = {"Authorization": f"Bearer {token}"}
    return person


async def test_a_writing_is_understood_offered_read_and_answered(house: House) -> None:
    site, bruno = machine(house), await house.logged_in("bruno")
    async with bruno.socket("desk") as desk:
        house.available("bruno")
        answer = await site.ask("POST", "/api/messages", BODY)
        assert answer.status == 202
        name = answer.body["interaction"]
        (order,) = [
            one.command for step in house.steps for one in step.orders if isinstance(one.command, UnderstandWriting)
        ]
        assert order.text.text == "Je n'ai pas reçu mon RSA."
        reading = Understanding(topic="rsa", confidence=90, in_scope=True, urgency=2)
        house.tell(e.WritingUnderstood(cause="speech", interaction=name, reading=reading))
        shown = await desk.until(lambda shown: shown["offer"])
        assert shown["offer"]["written"]["text"] == "Je n'ai pas reçu mon RSA."
        assert shown["offer"]["written"]["heard"]["urgency"] == 2
        task = shown["offer"]["task"]
        assert (await bruno.ask("POST", "/api/work", {"task": task, "take": True})).body["done"]
        corrected = {"interaction": name, "topic": "apa", "urgency": 4}
        assert (await bruno.ask("POST", "/api/heard", corrected)).body["done"]
        shown = await desk.until(lambda shown: shown["tasks"] and shown["tasks"][0]["written"])
        done = await bruno.ask("POST", "/api/written", {"task": task, "code": "rsa", "reply": "Bonjour."})
        assert done.body == {"done": True, "reason": ""}
    (closed,) = house.said(e.TaskClosed)
    assert (closed.task, closed.agent, closed.how) == (task, "bruno", "done")
    fate = await site.ask("GET", f"/api/messages/{name}")
    assert fate.body == {"state": "done", "code": "rsa", "reply": "Bonjour."}
    assert (await machine(house, "sud").ask("GET", f"/api/messages/{name}")).status == 404


async def test_the_same_message_is_taken_once(house: House) -> None:
    site = machine(house)
    first, again = [await site.ask("POST", "/api/messages", BODY) for _ in range(2)]
    assert (first.status, again.status) == (202, 202)
    assert first.body == again.body
    other = await machine(house, "sud").ask("POST", "/api/messages", {**BODY, "service": "pmi"})
    assert other.body != first.body, "another system's message of the same name is another"


async def test_a_social_security_number_is_hidden_before_anything_is_kept(house: House) -> None:
    await machine(house).ask("POST", "/api/messages", {**BODY, "text": "Mon numéro est 1 84 12 76 451 089 46."})
    (arrived,) = house.said(e.WritingArrived)
    assert "451" not in (arrived.text.text or "")


@pytest.mark.parametrize(
    ("wrong", "status", "reason"),
    [
        ({"text": "a\x00b"}, 400, "controls"),
        ({"text": "\ud800"}, 422, "malformed"),
        ({"subject": "\x1b[2J"}, 400, "controls"),
        ({"text": " "}, 400, "empty"),
        ({"text": "a" * (limits.WRITING_CHARACTERS + 1)}, 422, "malformed"),
        ({"channel": "fax"}, 422, "malformed"),
        ({"service": "pmi"}, 404, "unknown_service"),
        ({"id": ""}, 422, "malformed"),
        ({"more": 1}, 422, "malformed"),
    ],
)
async def test_what_cannot_be_a_message_is_refused(
    house: House, wrong: dict[str, Any], status: int, reason: str
) -> None:
    answer = await machine(house).ask("POST", "/api/messages", {**BODY, **wrong})
    assert (answer.status, answer.body) == (status, {"reason": reason})
    assert house.said(e.WritingArrived) == []


async def test_no_token_another_token_or_a_removed_one_opens_nothing(house: House) -> None:
    site, alice = machine(house), await house.logged_in("alice")
    stranger = house.person()
    stranger.headers = {"Authorization": "Bearer allo_nothing"}
    house.door.tokens.remove("site-nord")
    for person in (site, alice, stranger):
        assert (await person.ask("POST", "/api/messages", BODY)).status == 401
    assert house.said(e.WritingArrived) == []


async def test_a_flood_is_told_to_come_again(house: House) -> None:
    site = machine(house)
    found = {(await site.ask("POST", "/api/messages", BODY)).status for _ in range(80)}
    assert found == {202, 429}


async def test_nobody_answers_what_another_has(house: House) -> None:
    alice, bruno = await house.logged_in("alice"), await house.logged_in("bruno")
    name = (await machine(house).ask("POST", "/api/messages", BODY)).body["interaction"]
    house.tell(e.WritingUnderstood(cause="speech", interaction=name, reading=Understanding()))
    task = house.said(e.TaskOpened)[0].task
    assert (await alice.ask("POST", "/api/task", {"task": task, "wish": "claim"})).body["done"]
    answer = await bruno.ask("POST", "/api/written", {"task": task, "code": "", "reply": ""})
    assert answer.body["reason"] == "task_not_yours"
    assert house.pages.picture.replied == {}
