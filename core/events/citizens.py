"""Who is calling, as the citizen records know it, and what was seen and written of it.

The kernel carries the record's name and no word of its content: pages ask the records themselves.
"""

from __future__ import annotations

from typing import Literal

from core.events.base import Event
from core.ids import InteractionId, OfferId
from core.personal import Personal

Found = Literal["one", "unsure", "several", "none", "shared", "withheld", "late", "away"]
"""One record; one, but its number was not confirmed for long, or several, or a number that many share (the agent asks
name and birth date); none; no number; no answer in time; the records are away."""


UnusualWhy = Literal["persons", "agents"]
"""One agent found so many persons by name within an hour; so many agents found one person within a day."""


class CitizenSought(Event, frozen=True, kw_only=True):
    """The records of `tenant` are asked whose number this is; without an answer by `until_at_ms` it is `late`."""

    interaction: InteractionId
    tenant: str
    until_at_ms: int


class CitizenFound(Event, frozen=True, kw_only=True):
    """What the records said; `record` is the record's name in them if it is `one`, and `referent` the agent who follows
    that person, by a name that the configuration may have or not; `commune` is where they live, unless that is secret;
    `language` is what they speak, if the records say so.

    An answer after `late` or `away` replaces it as long as the interaction lives; any other stands until the agent
    has asked who is speaking (`CitizenNamed`).
    """

    interaction: InteractionId
    how: Found
    record: Personal | None
    referent: str = ""
    commune: Personal | None = None
    language: str = ""


class CitizenNamed(Event, frozen=True, kw_only=True):
    """The agent has asked who is speaking, and `record` is theirs, if the answer to `request` says so: then
    `CitizenFound` tells it to all, with `referent` and `commune` as the record has them."""

    interaction: InteractionId
    agent: str
    record: Personal
    request: str
    referent: str = ""
    commune: Personal | None = None


class RecordShown(Event, frozen=True, kw_only=True):
    """The agent's page has painted what there is to know before the answer: service, greeting and record."""

    interaction: InteractionId
    offer: OfferId
    agent: str


class WrapUpNoted(Event, frozen=True, kw_only=True):
    """The agent's `code` and `note` for the interaction, if the answer to `request` says so; the last one holds.

    A note that is typed during the conversation may come without a code.
    """

    interaction: InteractionId
    agent: str
    code: str
    note: Personal | None
    request: str


class LookUpsUnusual(Event, frozen=True, kw_only=True):
    """More records of `tenant` were found by name than work explains: `count` persons by `agent`, or the person whom
    the access log calls `person` (a keyed pseudonym) by `count` agents."""

    tenant: str
    why: UnusualWhy
    count: int
    agent: str = ""
    person: str = ""
