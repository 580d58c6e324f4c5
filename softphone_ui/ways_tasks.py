"""What is left to do: claimed, brought between calls, drafted, heard."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import FastAPI, HTTPException, Path, Request, Response

from core.centre import Agent
from core.errors import AlloError
from softphone_ui import translate
from softphone_ui.desk import may_listen, may_see
from softphone_ui.forms import Answer, Draft, TaskWish, WorkAnswer
from softphone_ui.hall import Hall


def add(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/task")
    async def task(request: Request, body: TaskWish) -> Answer:
        agent: Agent = request.state.agent
        found = hall.picture.tasks.get(body.task)
        if found is None or not may_see(hall.picture, agent, found):
            raise HTTPException(404, "nothing")
        return await hall.ask(lambda named: translate.task_asked(agent.name, body.task, body.wish, named))

    @app.post("/api/work")
    async def work(request: Request, body: WorkAnswer) -> Answer:
        """What was brought to the agent is taken, or given back: only with a reason."""
        if body.take == bool(body.reason):
            raise HTTPException(400, "work_reason")
        agent = request.state.agent.name
        return await hall.ask(lambda named: translate.work_answered(agent, body.task, body.take, body.reason, named))

    @app.post("/api/draft")
    async def draft(request: Request, body: Draft) -> Answer:
        agent: Agent = request.state.agent
        found = hall.picture.tasks.get(body.task)
        if found is None or not may_see(hall.picture, agent, found):
            raise HTTPException(404, "nothing")
        return await hall.ask(lambda named: translate.work_drafted(agent.name, found.opened, body.draft, named))

    @app.get("/api/task/{task}/message", response_class=Response, responses={200: {"content": {"audio/wav": {}}}})
    async def message(request: Request, task: Annotated[str, Path(max_length=80)]) -> Response:
        """What the caller said, for the one who has taken the task, and for supervisors; each listening is a fact, kept
        before the first word is given."""
        agent: Agent = request.state.agent
        found = hall.picture.tasks.get(task)
        if found is None or not may_listen(hall.picture, agent, found):
            raise HTTPException(404, "nothing")
        opened = found.opened
        answer = await hall.ask(lambda named: translate.message_heard(agent.name, opened, named))
        if not answer.done:
            raise HTTPException(404 if answer.done is False else 503, answer.reason or "busy")
        try:
            sound = await asyncio.to_thread(hall.recordings.sound, opened.message)
        except AlloError:
            raise HTTPException(503, "away") from None
        if sound is None:
            raise HTTPException(404, "nothing")
        return Response(sound, media_type="audio/wav", headers={"Cache-Control": "no-store"})
