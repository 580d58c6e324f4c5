"""What supervisors order about people who wait, agents and queues."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, HTTPException, Request

from core import events as e
from core.centre import Agent
from softphone_ui import translate
from softphone_ui.forms import Answer, Force, Give, Instruct, Move, Rank, Shut
from softphone_ui.hall import Hall

MINUTE_MS: Final = 60_000

UNKNOWN: Final = ("contact_unknown", "agent_unknown", "queue_unknown")
"""Whoever is not there and whoever is not theirs have one answer: nothing of another organisation is told."""


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
