"""A citizen's record: what an agent needs before "bonjour", and who may see how much of it.

Records rest with the CRM bridge and travel to the one page that shows them, never through the kernel: facts carry a
record's name only, as a `Personal`.  A record prints as «citizen record», so that no log and no stack trace holds a
person.

Secrecy between services: the first level sees that there is a file, with which service, who follows it and when the
next appointment is.  Its content is for those who answer for that service.  A discreet file is not even there for
others.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import msgspec

from core.ids import InteractionId

AGENT: Final = re.compile(r"[^\W\d_][\w.-]{0,39}")
"""How the configuration writes the names of agents."""

Why = Literal["offer", "call", "search", "task", "export", "erasure"]
"""Why a record is read: it is offered, talked with, searched for by name, called back, exported, erased."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads a record, for which interaction, and why: a line of the access log, written before the record is given.

    `interaction` is None when there is none (an export): then `why` must say enough.
    """

    agent: str
    why: Why
    interaction: InteractionId | None = None


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone number (E.164) of a person.  `shared`: others are reached by it too (family, hostel, CCAS, hospital).

    `confirmed_at_ms` is when the person last said that it is theirs; None if nobody knows.
    """

    e164: str
    shared: bool = False
    confirmed_at_ms: int | None = None

    def __repr__(self) -> str:
        return "«number»"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class CitizenFile(msgspec.Struct, frozen=True, kw_only=True):
    """What one service follows for the person.  `service` is the name of a service of config/centre.yaml, if it is one.

    `status`, `referent` (who follows it) and `summary` are the CRM's words; `summary` is its content.
    """

    service: str
    title: str
    topic: str = ""
    status: str = ""
    referent: str = ""
    next_appointment_at_ms: int | None = None
    summary: str = ""
    discreet: bool = False

    def __repr__(self) -> str:
        return "«citizen file»"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class CitizenRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A person, as the records of `tenant` know them; `id` is the record's name there, and means nothing elsewhere.

    `birth_date` is year-month-day or empty; `language` as in config (fr); `source` says which records it comes from and
    `updated_at_ms` of when they are: a page shows both.  `protected_address`: where the person lives is told to nobody,
    not even to themselves by telephone, and `commune` and numbers are left out by `seen_from`.

    `referent_agent` is the agent of ours who follows the person, by their name in the configuration; empty: nobody.
    """

    id: str
    tenant: str
    last_name: str
    first_name: str = ""
    birth_name: str = ""
    civility: str = ""
    birth_date: str = ""
    numbers: tuple[Number, ...] = ()
    commune: str = ""
    language: str = "fr"
    protected_address: bool = False
    referent_agent: str = ""
    files: tuple[CitizenFile, ...] = ()
    source: str = ""
    updated_at_ms: int = 0

    @property
    def follower(self) -> str:
        """The agent who follows them; a CRM may write a person's whole name there: that is nobody of ours."""
        return self.referent_agent if AGENT.fullmatch(self.referent_agent) else ""

    @property
    def lives_in(self) -> str:
        """Their commune, unless that is secret."""
        return "" if self.protected_address else self.commune

    def __repr__(self) -> str:
        return "«citizen record»"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


def seen_from(record: CitizenRecord, service: str) -> CitizenRecord:
    """What an agent who answers for `service` sees of the record; pages show this and nothing else."""
    files = tuple(
        _file_seen_from(file, service) for file in record.files if not file.discreet or file.service == service
    )
    hidden: dict[str, Any] = {"commune": "", "numbers": ()} if record.protected_address else {}
    return msgspec.structs.replace(record, files=files, **hidden)


def _file_seen_from(file: CitizenFile, service: str) -> CitizenFile:
    if file.service == service:
        return file
    return msgspec.structs.replace(file, status="", summary="")
