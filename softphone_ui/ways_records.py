"""Who is speaking: a search by name and birth date, a record opened from it, and the word that it is theirs."""

from __future__ import annotations

from datetime import date
from typing import Final

from fastapi import FastAPI, HTTPException, Request, Response

from core.centre import Agent
from softphone_ui import translate
from softphone_ui.forms import Answer, Card, NameThem, Open, Person, Search
from softphone_ui.hall import Hall
from softphone_ui.rows import Contact, Known
from softphone_ui.searches import RecordsAway, TooMany
from softphone_ui.ways_call import own

# While somebody is, or was a moment ago, on the line to be asked who they are.
ASKED: Final = ("on_interaction", "wrap_up")
# Nobody is older.
FIRST_YEAR: Final = 1890


def add(app: FastAPI, hall: Hall) -> None:
    @app.post("/api/search")
    async def search(request: Request, body: Search, response: Response) -> list[Person]:
        agent: Agent = request.state.agent
        contact = _spoken_with(hall, agent, body.interaction)
        if not any(letter.isalpha() for letter in body.name):
            raise HTTPException(400, "no_name")
        _check_birth_date(body.birth_date)
        response.headers["Cache-Control"] = "no-store"
        try:
            return await hall.searches.find(agent.name, contact, body.name, body.birth_date)
        except TooMany:
            raise HTTPException(409, "too_many_searches") from None
        except RecordsAway:
            raise HTTPException(409, "records_away") from None

    @app.post("/api/open")
    async def open_found(request: Request, body: Open, response: Response) -> Card:
        agent: Agent = request.state.agent
        contact = _spoken_with(hall, agent, body.interaction)
        record = _found(hall, agent, contact, body.found).record
        response.headers["Cache-Control"] = "no-store"
        try:
            return Card(card=await hall.searches.open(agent.name, contact, record))
        except RecordsAway:
            raise HTTPException(409, "records_away") from None

    @app.post("/api/name")
    async def name(request: Request, body: NameThem) -> Answer:
        """The record is the interaction's from now on; what the number is worth is noted if it was asked."""
        agent: Agent = request.state.agent
        contact = _spoken_with(hall, agent, body.interaction)
        whom = _found(hall, agent, contact, body.found)
        answer = await hall.ask(lambda named: translate.citizen_named(agent.name, body.interaction, whom, named))
        if answer.done is False or not body.confirmed:
            return answer
        try:
            known = await hall.searches.confirm(contact, whom.record)
        except RecordsAway:
            known = False
        return answer if known else Answer(done=answer.done, reason="number_not_theirs")


def _spoken_with(hall: Hall, agent: Agent, interaction: str) -> Contact:
    """The agent's conversation, of an organisation that is theirs."""
    contact = own(hall, agent, interaction)
    if hall.picture.agents[agent.name].state not in ASKED:
        raise HTTPException(409, "search_needs_talk")
    if contact.tenant not in agent.tenants:
        raise HTTPException(403, "search_elsewhere")
    return contact


def _found(hall: Hall, agent: Agent, contact: Contact, found: str) -> Known:
    known = hall.searches.known(agent.name, contact, found)
    if known is None:
        raise HTTPException(404, "search_again")
    return known


def _check_birth_date(text: str) -> None:
    try:
        told = date.fromisoformat(text)
    except ValueError:
        told = None
    if told is None or len(text) != 10 or told.year < FIRST_YEAR or told > date.today():
        raise HTTPException(400, "birth_date")
