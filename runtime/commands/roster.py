"""Rosters out of CSV and ICS files: who is planned on line when, and who for something else.

CSV: `agent,debut,fin,activite`, local times (2026-11-23T09:00); what is not `en ligne` is paid time off line.  ICS, as
calendars export it: an event is a shift; its agent is the attendee (the part before @), or the file's name; its
activity is its category, or its title.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from acd.adherence import Shift, overlapping
from core.errors import AlloError

COLUMNS: Final = ("agent", "debut", "fin", "activite")
ON_LINE: Final = "en ligne"
ZONE: Final = ZoneInfo("Europe/Paris")
LONGEST: Final = timedelta(days=1)
# A year of a national service is a thousand times less.
FILE_BYTES: Final = 100_000_000


class RosterFault(AlloError):
    """The roster cannot be read; names file, line, field, value and remedy."""


def read(file: Path, day: date, agents: Collection[str]) -> list[Shift]:
    """The shifts that touch `day`, local time.  Raises RosterFault."""
    try:
        if file.stat().st_size > FILE_BYTES:
            raise RosterFault(f"{file} : plus de {FILE_BYTES // 1_000_000} Mo ; donnez le planning de quelques jours.")
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RosterFault(f"{file} : illisible ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise RosterFault(f"{file} : ce n'est pas du texte en UTF-8 ; exportez le planning en UTF-8.") from None
    rows = _of_ics(file, text, day) if text.lstrip().startswith("BEGIN:VCALENDAR") else _of_csv(file, text)
    shifts = []
    for where, shift in rows:
        if shift.agent not in agents:
            raise RosterFault(f"{where}: agent: « {shift.agent} » n'est pas un agent de la configuration.")
        shifts.append(shift)
    both = overlapping(shifts)
    if both is not None:
        raise RosterFault(f"{file}: {both[0].agent} : {_span(both[0])} et {_span(both[1])} se chevauchent.")
    begins_at_ms, ends_at_ms = bounds_ms(day)
    return [shift for shift in shifts if shift.ends_at_ms > begins_at_ms and shift.begins_at_ms < ends_at_ms]


def bounds_ms(day: date) -> tuple[int, int]:
    """When the day begins and ends; it has 23 or 25 hours when clocks change."""
    midnights = (datetime(each.year, each.month, each.day, tzinfo=ZONE) for each in (day, day + timedelta(days=1)))
    begins, ends = (round(midnight.timestamp() * 1000) for midnight in midnights)
    return begins, ends


def _of_csv(file: Path, text: str) -> Iterator[tuple[str, Shift]]:
    rows = csv.DictReader(text.splitlines(), strict=True)
    try:
        missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise RosterFault(f"{file}:1: il manque {', '.join(missing)} ; colonnes : {','.join(COLUMNS)}.")
        for row in rows:
            where = f"{file}:{rows.line_num}"
            begins, ends = (_time(where, column, (row[column] or "").strip()) for column in ("debut", "fin"))
            yield where, _shift(where, (row["agent"] or "").strip(), begins, ends, (row["activite"] or "").strip())
    except csv.Error as error:
        raise RosterFault(f"{file}:{rows.line_num}: ce n'est pas une ligne CSV ({error}).") from None


def _time(where: str, column: str, value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise RosterFault(f"{where}: {column}: « {value} » : écrivez par exemple 2026-11-23T09:00.") from None
    return _local(found)


def _local(time: datetime) -> datetime:
    """A time that names no zone is ours."""
    return time if time.tzinfo is not None else time.replace(tzinfo=ZONE)


def _shift(where: str, agent: str, begins: datetime, ends: datetime, activity: str) -> Shift:
    begins_at_ms, ends_at_ms = (round(each.timestamp() * 1000) for each in (begins, ends))
    if not begins_at_ms < ends_at_ms <= begins_at_ms + LONGEST // timedelta(milliseconds=1):
        raise RosterFault(f"{where}: fin: {ends:%d/%m %H:%M} : après le début ({begins:%d/%m %H:%M}), un jour au plus.")
    on_line = activity.casefold().replace("_", " ") == ON_LINE
    return Shift(agent=agent, begins_at_ms=begins_at_ms, ends_at_ms=ends_at_ms, on_line=on_line, activity=activity)


def _of_ics(file: Path, text: str, day: date) -> Iterator[tuple[str, Shift]]:
    """Shifts that repeat are followed; a night shift of the day before is of this day too."""
    try:
        calendar = icalendar.Calendar.from_ical(text)
        events = recurring_ical_events.of(calendar).between(day - timedelta(days=1), day + timedelta(days=1))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise RosterFault(f"{file} : ce calendrier ICS est illisible ({type(error).__name__}).") from None
    for event in events:
        begins, ends = event["DTSTART"].dt, event["DTEND"].dt
        where = f"{file}: événement du {begins:%d/%m}"
        if not isinstance(begins, datetime) or not isinstance(ends, datetime):
            raise RosterFault(f"{where}: DTSTART: une journée entière ; donnez l'heure de début et de fin.")
        yield where, _shift(where, _agent_of(event, file), _local(begins), _local(ends), _activity_of(event))


def _agent_of(event: Any, file: Path) -> str:
    attendee = event.get("ATTENDEE")
    first = attendee[0] if isinstance(attendee, list) else attendee
    return str(first).lower().removeprefix("mailto:").partition("@")[0] if first else file.stem


def _activity_of(event: Any) -> str:
    categories = event.get("CATEGORIES")
    first = categories[0] if isinstance(categories, list) else categories
    return str(first.cats[0]) if first is not None and first.cats else str(event.get("SUMMARY", ""))


def _span(shift: Shift) -> str:
    begins, ends = (datetime.fromtimestamp(at / 1000, ZONE) for at in (shift.begins_at_ms, shift.ends_at_ms))
    return f"{begins:%d/%m %H:%M}-{ends:%H:%M}"
