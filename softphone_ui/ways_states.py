"""One's own state, and what is left to do."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import FastAPI, HTTPException, Path, Request, Response

from core.centre import Agent
from core.errors import AlloError
from softphone_ui import translate
from softphone_ui.desk import may_see
from softphone_ui.forms import Answer, StateWish, TaskWish
from softphone_ui.hall import Hall


def add(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/state")
    async def state(request: Request, body: StateWish) -> Answer:
        if (body.wish == "pause") != bool(body.reason) or (body.reason and body.reason not in hall.pauses()):
            raise HTTPException(400, "pause_reason")
        agent = request.state.agent.name
        return await hall.ask(lambda named: translate.state_asked(agent, body.wish, body.reason, named))

    @app.post("/api/task")
    async def task(request: Request, body: TaskWish) -> Answer:
        agent: Agent = request.state.agent
        found = hall.picture.tasks.get(body.task)
        if found is None or not may_see(hall.picture, agent, found):
            raise HTTPException(404, "nothing")
        return await hall.ask(lambda named: translate.task_asked(agent.name, body.task, body.wish, named))

    @app.get("/api/task/{task}/message", response_class=Response, responses={200: {"content": {"audio/wav": {}}}})
    async def message(request: Request, task: Annotated[str, Path(max_length=80)]) -> Response:
        """What the caller said, for the one who has taken the task."""
        agent: Agent = request.state.agent
        found = hall.picture.tasks.get(task)
        mine = found is not None and may_see(hall.picture, agent, found) and found.agent == agent.name
        if found is None or not mine or not found.opened.message or hall.recording is None:
            raise HTTPException(404, "nothing")
        try:
            sound = await asyncio.to_thread(hall.recording, found.opened.message)
        except (AlloError, OSError):
            raise HTTPException(404, "nothing") from None
        return Response(sound, media_type="audio/wav", headers={"Cache-Control": "no-store"})
