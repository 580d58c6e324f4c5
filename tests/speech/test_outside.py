"""A second opinion from outside: when it is asked, what it may see, and that the local reading stands whatever it does.

The server is a real one; what it does wrong, it does for real.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from runtime.commands.doctor import findings
from speech.engines.outside import FAULTS_MOST, REST_S, Outside, OutsideSettings
from speech.understand.topics import Topic
from speech.understand.understand import Candidate, Reading
from tests.config.test_topics import TOPICS as TOPICS_WRITTEN
from tests.config.test_topics import with_topics

TOPICS = {
    name: Topic(name=name, title=name.upper(), spoken=name, group="g", protected=name == "violences")
    for name in ("rsa", "apa", "violences")
} | {"rue": Topic(name="rue", title="RUE", spoken="rue", group="g", urgency="critical")}
DEAD = "outside_engine: {url: 'http://127.0.0.1:1/v1', model: m}\n"
UNSURE = Reading(topic="rsa", confidence=0.3, candidates=(Candidate("rsa", 0.3),), in_scope=True, why=("mot « x »",))
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler, **settings: Any) -> AsyncIterator[Outside]:
    """An Outside that asks a real server on this machine."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    given = {"url": f"http://127.0.0.1:{port}/v1", "model": "m", "deadline_ms": 5_000, **settings}
    outside = Outside(OutsideSettings(**given), TOPICS, secret="s")
    await outside.start()
    try:
        yield outside
    finally:
        await outside.stop()
        await runner.cleanup()


def answering(content: object, asked: list[dict[str, Any]] | None = None) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if asked is not None:
            asked.append({"body": await request.json(), "bearer": request.headers.get("Authorization")})
        return web.json_response({"choices": [{"message": {"content": content}}]})

    return handle


async def test_a_surer_answer_is_taken_and_says_where_it_came_from() -> None:
    asked: list[dict[str, Any]] = []
    async with serving(answering('Voici : {"topic": "apa", "confidence": 0.9}', asked)) as outside:
        reading = await outside.read("je m'appelle Karim, c'est pour ma mère, 06 39 98 00 01", UNSURE)
    assert (reading.topic, reading.confidence, reading.in_scope) == ("apa", 0.9, True)
    assert reading.why[0] == "moteur extérieur"
    sent = json.dumps(asked, ensure_ascii=False)
    assert "Karim" not in sent
    assert "06 39" not in sent
    assert "violences" not in sent
    assert asked[0]["bearer"] == "Bearer s"


async def test_names_are_sent_only_where_that_is_allowed() -> None:
    asked: list[dict[str, Any]] = []
    async with serving(answering("{}", asked), personal=True) as outside:
        assert await outside.read("je m'appelle Karim", UNSURE) == UNSURE
    assert "Karim" in json.dumps(asked)


async def test_danger_and_protected_topics_never_leave_nor_does_what_is_sure() -> None:
    asked: list[dict[str, Any]] = []
    maybe = Reading(topic="rsa", confidence=0.3, candidates=(Candidate("rsa", 0.3), Candidate("violences", 0.1)))
    async with serving(answering('{"topic": "apa", "confidence": 1}', asked)) as outside:
        for local, danger in (
            (UNSURE, True),
            (maybe, False),
            (Reading(topic="violences", confidence=0.2), False),
            (Reading(topic="rue", confidence=0.2), False),
            (Reading(topic="rsa", confidence=0.7), False),
            (Reading(), False),
        ):
            assert await outside.read("des mots", local, danger=danger) == local
    assert asked == []


@pytest.mark.parametrize(
    "content",
    [
        "je ne sais pas",
        '{"topic": "inconnu", "confidence": 0.9}',
        '{"topic": "violences", "confidence": 0.9}',
        '{"topic": "apa", "confidence": 7}',
        '{"topic": "apa", "confidence": true}',
        '{"topic": "apa", "confidence": 0.1}',
        '{"topic": ["apa"], "confidence": 0.9}',
        "[[[[",
        "{" * 50_000 + "}",
        None,
        3,
    ],
)
async def test_nonsense_changes_nothing(content: object) -> None:
    async with serving(answering(content)) as outside:
        assert await outside.read("des mots", UNSURE) == UNSURE


async def test_html_an_error_and_a_flood_change_nothing() -> None:
    async def html(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>connexion</html>", content_type="text/html")

    async def broken(_: web.Request) -> web.StreamResponse:
        return web.Response(status=500)

    async def flood(_: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * 5_000_000)

    async def elsewhere(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("http://127.0.0.1:1/")

    for handler in (html, broken, flood, elsewhere):
        async with serving(handler) as outside:
            assert await outside.read("des mots", UNSURE) == UNSURE


async def test_a_slow_one_is_given_up_at_the_deadline() -> None:
    released = asyncio.Event()

    async def slow(_: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    async with serving(slow, deadline_ms=50) as outside:
        assert await outside.read("des mots", UNSURE) == UNSURE
        released.set()


async def test_a_dead_one_is_left_alone_for_a_while() -> None:
    now_s = 100.0
    settings = OutsideSettings(url="http://127.0.0.1:1/v1", model="m", deadline_ms=5_000)
    outside = Outside(settings, TOPICS, clock=lambda: now_s)
    await outside.start()
    try:
        for _ in range(FAULTS_MOST):
            assert not outside.resting
            assert await outside.read("des mots", UNSURE) == UNSURE
        assert outside.resting
        now_s += REST_S
        assert not outside.resting
    finally:
        await outside.stop()


async def test_one_that_was_not_started_asks_nobody() -> None:
    outside = Outside(OutsideSettings(url="http://127.0.0.1:1/v1", model="m"), TOPICS)
    assert await outside.read("des mots", UNSURE) == UNSURE


async def test_whether_it_answers_is_tried_with_a_sentence_of_ours() -> None:
    async def html(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>connexion</html>", content_type="text/html")

    for handler, trouble in (
        (answering('{"topic": "rsa", "confidence": 0.9}'), ""),
        (answering("bonjour"), "répond, mais ne nomme aucun de nos thèmes"),
        (html, "n'est pas une réponse de modèle"),
    ):
        async with serving(handler) as outside:
            assert await outside.tried() == trouble


def test_doctor_says_that_it_does_not_answer_and_that_its_key_is_missing(tmp_path: Path) -> None:
    directory = with_topics(tmp_path / "dead", TOPICS_WRITTEN + DEAD)
    [told] = [one for one in findings(directory) if one.what == "second avis"]
    assert "ClientConnectorError" in told.said
    assert "http://127.0.0.1:1/v1" in told.remedy
    keyed = with_topics(tmp_path / "keyed", TOPICS_WRITTEN + DEAD.replace("model: m", "model: m, secret_env: PAS_LA"))
    [told] = [one for one in findings(keyed) if one.what == "second avis"]
    assert "PAS_LA" in told.remedy
