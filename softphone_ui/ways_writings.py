"""What people write: brought by other systems with a token, answered by agents."""

from __future__ import annotations

import asyncio
import hashlib
import unicodedata
from typing import Annotated, Final

from fastapi import FastAPI, HTTPException, Path, Request, Response

from core import ids
from core.centre import Agent
from softphone_ui import translate
from softphone_ui.desk import may_see
from softphone_ui.forms import Accepted, Answer, Fate, Writing, WritingDone
from softphone_ui.hall import Hall
from softphone_ui.picture import Picture
from softphone_ui.tokens import Access

LINES: Final = "\n\t"


def add(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/messages", status_code=202)
    async def message(request: Request, body: Writing) -> Accepted:
        """Accepted once it is in the journal; the same id again is answered with the same name."""
        access: Access = request.state.access
        wait_s = hall.door.wait_s(access.name, hall.clock_s())
        if wait_s:
            raise HTTPException(429, "wait", {"Retry-After": str(int(wait_s) + 1)})
        service = hall.picture.service(body.service)
        if service is None or service.tenant != access.tenant:
            raise HTTPException(404, "unknown_service")
        kept = await asyncio.to_thread(_kept, hall, body)
        key = hashlib.sha256(body.id.encode()).hexdigest()
        interaction, language = hall.mint(), body.language or service.language
        answer = await hall.asking.ask(
            lambda named: translate.writing_arrived(interaction, access, key, kept, language, named)
        )
        if answer is None:
            raise HTTPException(503, "busy", {"Retry-After": "2"})
        if not answer.done:
            raise HTTPException(503 if answer.reason == "full" else 404, answer.reason)
        return Accepted(interaction=answer.interaction)

    @app.get("/api/messages/{interaction}")
    async def fate(request: Request, response: Response, interaction: Annotated[str, Path(max_length=80)]) -> Fate:
        """For the system that brought it; the reply is there for a week."""
        access: Access = request.state.access
        response.headers["Cache-Control"] = "no-store"
        found = _fate(hall.picture, access, interaction)
        if found is None:
            raise HTTPException(404, "nothing")
        return found

    @app.post("/api/written")
    async def written(request: Request, body: WritingDone) -> Answer:
        agent: Agent = request.state.agent
        found = hall.picture.tasks.get(body.task)
        if found is None or found.opened.kind != "written" or not may_see(hall.picture, agent, found):
            raise HTTPException(404, "nothing")
        _fit(body.reply)
        opened = found.opened
        return await hall.ask(
            lambda named: translate.writing_answered(agent.name, opened, body.code, body.reply, named)
        )


def _fate(picture: Picture, access: Access, interaction: str) -> Fate | None:
    """None for what another brought, or nobody."""
    replied, task = picture.replied.get(interaction), picture.tasks.get(ids.task(interaction))
    waiting = picture.letters.get(interaction)
    letter = replied.letter if replied is not None else task.letter if task is not None else None
    letter = letter or (waiting.arrived if waiting is not None else None)
    if letter is None or (letter.system, letter.tenant) != (access.name, access.tenant):
        return None
    if replied is None:
        return Fate(state="taken" if task is not None and task.agent else "waits")
    reply = replied.answered.reply
    return Fate(state="done", code=replied.answered.code, reply=(reply.text or "") if reply is not None else "")


def _kept(hall: Hall, body: Writing) -> Writing:
    """What of it is kept; raises 400 for what no person writes."""
    for part in (body.id, body.text, body.subject, body.sender):
        _fit(part)
    text = hall.door.clean(body.text)
    if not text.strip():
        raise HTTPException(400, "empty")
    return body.model_copy(update={"text": text, "subject": hall.door.clean(body.subject)})


def _fit(text: str) -> None:
    """Line ends and tabs are written; NUL, escapes and halves of characters are not."""
    text = text.replace("\r\n", "\n")
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in LINES for letter in text):
        raise HTTPException(400, "controls")
