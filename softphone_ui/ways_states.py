"""One's own state."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException, Request

from softphone_ui import translate
from softphone_ui.forms import Answer, StateWish
from softphone_ui.hall import Hall


def add(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/state")
    async def state(request: Request, body: StateWish) -> Answer:
        if (body.wish == "pause") != bool(body.reason) or (body.reason and body.reason not in hall.pauses()):
            raise HTTPException(400, "pause_reason")
        agent = request.state.agent.name
        return await hall.ask(lambda named: translate.state_asked(agent, body.wish, body.reason, named))
