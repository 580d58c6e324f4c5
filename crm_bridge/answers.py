"""What a CRM answers about a number, as records of ours.  Pure.

Allo's own form is `{"people": [{"id": …, "last_name": …, "files": [{"service": …}]}]}` (docs/records.md has all of it).
A CRM that says it otherwise is read through `people`, the path of its list, and `fields`, the path of each of our
fields in one of its persons: `last_name: identite.nom`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from core.citizen import CitizenFile, CitizenRecord, Number
from crm_bridge.numbers import NotANumber, e164

# A number that more people have than this is a place's; the rest of the list tells nothing new.
PEOPLE_AT_MOST: Final = 50
_TEXT: Final = 2_000

Text = Annotated[str, msgspec.Meta(max_length=_TEXT)]


class AnswerFault(ValueError):
    """The answer is not of the agreed form; says which field, never what it holds."""


class _Number(msgspec.Struct, frozen=True, kw_only=True):
    e164: Text
    shared: bool = False
    confirmed_at: datetime | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True):
    service: Text
    title: Text = ""
    topic: Text = ""
    status: Text = ""
    referent: Text = ""
    next_appointment_at: datetime | None = None
    summary: Text = ""
    discreet: bool = False


class _Person(msgspec.Struct, frozen=True, kw_only=True):
    id: Text | int
    last_name: Text
    first_name: Text = ""
    birth_name: Text = ""
    civility: Text = ""
    birth_date: Annotated[str, msgspec.Meta(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = ""
    numbers: Annotated[list[_Number | Text], msgspec.Meta(max_length=50)] = []
    commune: Text = ""
    language: Text = "fr"
    protected_address: bool = False
    referent_agent: Text = ""
    files: Annotated[list[_File], msgspec.Meta(max_length=50)] = []
    updated_at: datetime | None = None


FIELDS: Final = _Person.__struct_fields__


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How a CRM says it: the path of the list of persons, and of each field in one of them."""

    people: str = "people"
    fields: Mapping[str, str] = {}


def people(body: bytes, form: Form, tenant: str, source: str, now_ms: int) -> tuple[CitizenRecord, ...]:
    """The records that the answer holds; raises AnswerFault."""
    try:
        told = _at(msgspec.json.decode(body), form.people)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise AnswerFault("the answer is no JSON") from None
    if told is None:
        return ()
    if not isinstance(told, list):
        raise AnswerFault(f"{form.people} is no list")
    return tuple(_record(one, form, tenant, source, now_ms, index) for index, one in enumerate(told[:PEOPLE_AT_MOST]))


def _record(told: Any, form: Form, tenant: str, source: str, now_ms: int, index: int) -> CitizenRecord:
    if not isinstance(told, dict):
        raise AnswerFault(f"{form.people}[{index}] is no object")
    found = {field: _at(told, form.fields.get(field, field)) for field in FIELDS}
    try:
        person = msgspec.convert({field: value for field, value in found.items() if value is not None}, _Person)
    except msgspec.ValidationError as error:
        # msgspec names types and the path, and repeats no value.
        raise AnswerFault(f"{form.people}[{index}]: {error}") from None
    updated_at_ms = _ms(person.updated_at) or now_ms
    return CitizenRecord(
        id=f"{source}:{person.id}",
        tenant=tenant,
        last_name=person.last_name,
        first_name=person.first_name,
        birth_name=person.birth_name,
        civility=person.civility,
        birth_date=person.birth_date,
        numbers=tuple(number for one in person.numbers if (number := _number(one, updated_at_ms)) is not None),
        commune=person.commune,
        language=person.language,
        protected_address=person.protected_address,
        referent_agent=person.referent_agent,
        files=tuple(_file(one) for one in person.files),
        source=source,
        updated_at_ms=updated_at_ms,
    )


def _number(told: _Number | str, updated_at_ms: int) -> Number | None:
    """A number of the person; one that is none is left out.  Without a date, the record's own counts."""
    one = _Number(e164=told) if isinstance(told, str) else told
    try:
        return Number(e164=e164(one.e164), shared=one.shared, confirmed_at_ms=_ms(one.confirmed_at) or updated_at_ms)
    except NotANumber:
        return None


def _file(told: _File) -> CitizenFile:
    return CitizenFile(
        service=told.service,
        title=told.title,
        topic=told.topic,
        status=told.status,
        referent=told.referent,
        next_appointment_at_ms=_ms(told.next_appointment_at),
        summary=told.summary,
        discreet=told.discreet,
    )


def _ms(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1000)


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
