"""Messages of the moment and early closings, as supervisors ask for them."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, HTTPException, Request

from core.centre import Agent, Centre
from core.text import URGENT, Text, say, typed
from softphone_ui import translate
from softphone_ui.forms import Answer, Named, ServiceWish
from softphone_ui.hall import Hall

MINUTE_MS: Final = 60_000


def notices_of(centre: Centre, agent: Agent) -> list[Named]:
    """The texts that a supervisor may choose, in their words."""
    if agent.role == "agent":
        return []
    languages = {service.language for service in centre.services.values() if service.tenant in agent.tenants}
    texts = {
        key: words
        for language in sorted(languages)
        for key, words in centre.texts.get(language, {}).items()
        if key.startswith(URGENT) and "{" not in words
    }
    return [Named(name=key, title=words.strip()) for key, words in texts.items()]


def add(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/service")
    async def service(request: Request, body: ServiceWish) -> Answer:
        """The kernel looks at the walls as well: what is asked here may be for services of one's own only."""
        agent: Agent = request.state.agent
        own = [name for name, one in hall.picture.centre.services.items() if one.tenant in agent.tenants]
        asked = body.services or _meant(hall, own, body)
        if not asked or any(name not in own for name in asked):
            raise HTTPException(400, "service_unknown")
        until_at_ms = hall.now_ms() + body.minutes * MINUTE_MS
        text = _text(body)
        return await hall.ask(
            lambda named: translate.service_asked(
                agent.name, body.wish, tuple(dict.fromkeys(asked)), text, until_at_ms, body.reason, named
            )
        )


def _meant(hall: Hall, own: list[str], body: ServiceWish) -> list[str]:
    """All of one's own; a closing means those that can close."""
    services = hall.picture.centre.services
    return [name for name in own if body.wish != "shut" or services[name].closed_script]


def _text(body: ServiceWish) -> Text | None:
    if body.wish != "announce":
        return None
    return typed(body.words) if body.words.strip() else say(body.text)
