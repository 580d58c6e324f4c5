"""The interaction that is the agent's, and those that they begin or hand on."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException, Request, Response

from core.centre import Agent
from softphone_ui import details, translate
from softphone_ui.asking import Busy
from softphone_ui.desk import has_writing
from softphone_ui.directory import reachable
from softphone_ui.forms import Answer, Consult, Corrected, Dial, Help, Painted, Reachable, Transfer, WrapUp
from softphone_ui.hall import Hall
from softphone_ui.rows import Contact


def add(app: FastAPI, hall: Hall) -> None:
    _dial(app, hall)
    _own(app, hall)
    _correct(app, hall)
    _hand_on(app, hall)


def own(hall: Hall, agent: Agent, interaction: str) -> Contact:
    """Only what is theirs now can be spoken of; raises 409."""
    contact = hall.picture.contact_of(agent.name)
    if contact is None or contact.interaction != interaction:
        raise HTTPException(409, "not_yours")
    return contact


def _dial(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/dial")
    async def dial(request: Request, body: Dial) -> Answer:
        agent: Agent = request.state.agent
        service, number = body.service, body.number
        if body.task:
            task = hall.picture.tasks.get(body.task)
            if task is None or task.opened.number is None or task.opened.tenant not in agent.tenants:
                raise HTTPException(409, "task_unknown")
            if task.agent != agent.name:
                raise HTTPException(409, "task_taken" if task.agent else "task_not_yours")
            service, number = task.opened.service, task.opened.number.text or ""
        known = hall.picture.service(service)
        if known is None or known.tenant not in agent.tenants or not number.strip():
            raise HTTPException(400, "unknown_service" if number.strip() else "no_number")
        interaction = hall.mint()
        answer = await hall.ask(
            lambda named: translate.dial_asked(agent.name, interaction, service, number, body.task, named)
        )
        if answer.reason == "task_taken":  # somebody was quicker
            raise HTTPException(409, answer.reason)
        return answer


def _own(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/shown")
    async def shown(request: Request, body: Painted) -> Answer:
        agent: Agent = request.state.agent
        contact = own(hall, agent, body.interaction)
        if contact.offer != body.offer or contact.state != "offered":
            raise HTTPException(409, "not_yours")
        if not contact.shown and not hall.offer(translate.record_shown(agent.name, body.interaction, body.offer)):
            raise Busy
        return Answer(done=True)

    @app.post("/api/wrap-up")
    async def wrap_up(request: Request, body: WrapUp) -> Answer:
        agent: Agent = request.state.agent
        own(hall, agent, body.interaction)
        if body.code not in hall.picture.centre.wrap_up_codes:
            raise HTTPException(400, "code")
        return await hall.ask(
            lambda named: translate.wrap_up_noted(agent.name, body.interaction, body.code, body.note, named),
        )


def _correct(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/heard")
    async def heard(request: Request, body: Corrected) -> Answer:
        agent: Agent = request.state.agent
        if not has_writing(hall.picture, agent, body.interaction) and own(hall, agent, body.interaction).heard is None:
            raise HTTPException(409, "not_heard")
        if body.topic and body.topic not in hall.picture.centre.topics:
            raise HTTPException(400, "topic_unknown")
        centre = hall.picture.centre
        told = {kind: details.read(centre, kind, written) for kind, written in body.details.items()}
        return await hall.ask(
            lambda named: translate.heard_corrected(agent.name, body.interaction, body.topic, body.urgency, told, named)
        )


def _hand_on(app: FastAPI, hall: Hall) -> None:
    @app.get("/api/directory")
    async def directory(request: Request, response: Response) -> list[Reachable]:
        response.headers["Cache-Control"] = "no-store"
        return reachable(hall.picture, request.state.agent, hall.now_ms())

    @app.post("/api/transfer")
    async def transfer(request: Request, body: Transfer) -> Answer:
        agent: Agent = request.state.agent
        own(hall, agent, body.interaction)
        to = "" if body.into == "number" else body.to
        return await hall.ask(
            lambda named: translate.transfer_asked(
                agent.name, body.interaction, to, body.into, body.number, body.consult, named
            )
        )

    @app.post("/api/consult")
    async def consult(request: Request, body: Consult) -> Answer:
        agent: Agent = request.state.agent
        own(hall, agent, body.interaction)
        return await hall.ask(lambda named: translate.consult_asked(agent.name, body.interaction, body.wish, named))

    @app.post("/api/help")
    async def help_in(request: Request, body: Help) -> Answer:
        agent: Agent = request.state.agent
        own(hall, agent, body.interaction)
        return await hall.ask(
            lambda named: translate.help_asked(agent.name, body.interaction, body.to, body.wish, named)
        )
