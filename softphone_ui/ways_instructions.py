"""What supervisors order about people who wait, agents and queues, and what they are told of why somebody waits."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import FastAPI, HTTPException, Path, Request, Response

from core import events as e
from core.centre import Agent
from core.errors import AlloError
from softphone_ui import translate
from softphone_ui.forms import Answer, Explained, Force, Give, Instruct, Move, Rank, Shut
from softphone_ui.hall import UNKNOWN, Hall

MINUTE_MS: Final = 60_000


def add(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/instruction")
    async def instruction(request: Request, body: Instruct) -> Answer:
        """The kernel knows the walls: who is asked for is looked up there, and every attempt is kept."""
        agent: Agent = request.state.agent
        what = _what(hall, agent, body)
        answer = await hall.ask(
            lambda named: translate.instruction_given(agent.name, what, body.reason.strip(), body.anyway, named)
        )
        if answer.reason in UNKNOWN:
            raise HTTPException(404, "nothing")
        return answer

    @app.get("/api/contact/{interaction}/why")
    async def why(request: Request, response: Response, interaction: Annotated[str, Path(max_length=80)]) -> Explained:
        """The kernel says why somebody waits, the journal what was chosen; both within the same walls."""
        agent: Agent = request.state.agent
        if hall.explains is None:
            raise HTTPException(503, "away")
        response.headers["Cache-Control"] = "no-store"
        _, wait = await hall.asking.ask_why(lambda named: translate.wait_asked(agent.name, interaction, named))
        try:
            history = await asyncio.to_thread(hall.explains.history, interaction)
        except AlloError:
            raise HTTPException(503, "away") from None
        if history is None or history.tenant not in agent.tenants:
            raise HTTPException(404, "nothing")
        waiting = None if wait is None else hall.explains.waiting(wait, hall.now_ms())
        return Explained(waiting=waiting, history=history.told)


def _what(hall: Hall, agent: Agent, body: Instruct) -> e.Instruction:
    order = body.order
    if isinstance(order, Move):
        return e.Move(interaction=order.interaction, queue=order.queue)
    if isinstance(order, Rank):
        return e.Rank(interaction=order.interaction, priority=order.priority)
    if isinstance(order, Give):
        return e.Give(interaction=order.interaction, agent=order.agent or agent.name)
    if isinstance(order, Force):
        return e.Force(agent=order.agent, wish=order.wish)
    if isinstance(order, Shut):
        until_at_ms = hall.now_ms() + order.minutes * MINUTE_MS
        return e.Shut(queue=order.queue, until_at_ms=until_at_ms, waiting=order.waiting)
    return e.Reopen(queue=order.queue)
