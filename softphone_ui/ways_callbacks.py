"""A callback at an hour that the person agreed on: from their conversation, from the list, or by another system."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import FastAPI, HTTPException, Request

from core import events as e
from core.centre import Agent, Service
from core.destinations import classify
from softphone_ui import translate
from softphone_ui.desk import may_see
from softphone_ui.forms import Answer, CallBack
from softphone_ui.hall import Hall
from softphone_ui.ways_call import own

PARIS: Final = ZoneInfo("Europe/Paris")


class _Person(NamedTuple):
    """Who is to be called, about what; a number that many share says nothing of who has it."""

    need: e.Need
    number: str
    shared: bool = False


def add(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/callback")
    async def callback(request: Request, body: CallBack) -> Answer:
        """The kernel judges hour, number and walls; who is meant is found here."""
        agent: Agent = request.state.agent
        hours_ms = _moment(body.day, body.after), _moment(body.day, body.before)
        person = _whom(hall, agent, body)
        dialled, _ = classify(person.number)
        key = "" if person.shared else hall.recognise(dialled)
        interaction = hall.mint()
        answer = await hall.ask(
            lambda named: translate.callback_wished(
                agent.name, interaction, body.task, person.need, person.number, key, hours_ms, named
            )
        )
        if answer.reason in ("task_taken", "being_called", "task_unknown"):
            raise HTTPException(409, answer.reason)
        return answer


def _moment(day: str, hour: str) -> int:
    """Unix milliseconds; raises 400 for a day or an hour that there is not."""
    try:
        return int(datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=PARIS).timestamp() * 1000)
    except ValueError:
        raise HTTPException(400, "no_such_hour") from None


def _whom(hall: Hall, agent: Agent, body: CallBack) -> _Person:
    if body.task:
        return _listed(hall, agent, body.task)
    if body.interaction:
        return _spoken_with(hall, agent, body)
    service = _service(hall, agent, body.service)
    if not body.number.strip():
        raise HTTPException(400, "no_number")
    return _Person(_need(service, body.queue or service.safe_queue, body.topic), body.number)


def _listed(hall: Hall, agent: Agent, task: str) -> _Person:
    found = hall.picture.tasks.get(task)
    if found is None or not may_see(hall.picture, agent, found):
        raise HTTPException(404, "nothing")
    opened = found.opened
    if opened.kind == "message":
        raise HTTPException(409, "message_stands")
    if opened.number is None or not opened.number.text:
        raise HTTPException(400, "no_number")
    service = _service(hall, agent, opened.service)
    need = opened.need or _need(service, opened.queue, opened.topic)
    return _Person(need, opened.number.text, shared=not opened.caller_key)


def _spoken_with(hall: Hall, agent: Agent, body: CallBack) -> _Person:
    """Whoever speaks, at the number they call from unless they said another."""
    contact = own(hall, agent, body.interaction)
    service = _service(hall, agent, contact.service)
    known = contact.number.text if contact.number is not None else None
    number = body.number if body.number.strip() else known or ""
    if not number:
        raise HTTPException(400, "no_number")
    queue = body.queue or contact.queue or service.safe_queue
    shared = contact.found == "shared" and number == known
    return _Person(_need(service, queue, contact.topic), number, shared)


def _service(hall: Hall, agent: Agent, name: str) -> Service:
    service = hall.picture.service(name)
    if service is None or service.tenant not in agent.tenants:
        raise HTTPException(400, "unknown_service")
    return service


def _need(service: Service, queue: str, topic: str) -> e.Need:
    return e.Need(
        queue=queue,
        skills=(),
        priority=5,
        topic=topic,
        language=service.language,
        service=service.name,
        tenant=service.tenant,
    )
