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
# Nobody reads beyond: a column that is filled wrongly gives a fault a line.
FAULTS_TOLD: Final = 50
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
    faults: list[str] = []
    rows = (
        _of_ics(file, text, day, faults) if text.lstrip().startswith("BEGIN:VCALENDAR") else _of_csv(file, text, faults)
    )
    shifts: list[Shift] = []
    places: dict[Shift, str] = {}
    for where, shift in rows:
        if shift.agent not in agents:
            faults.append(f"{where}: agent: « {shift.agent} » n'est pas un agent de la configuration.")
        shifts.append(shift)
        places[shift] = where
    for one, other in overlapping(shifts):
        faults.append(f"{places[other]}: {one.agent} : {_span(one)} et {_span(other)} se chevauchent.")
    if faults:
        more = [f"… et {len(faults) - FAULTS_TOLD} autres."] if len(faults) > FAULTS_TOLD else []
        raise RosterFault("\n".join([*faults[:FAULTS_TOLD], *more]))
    begins_at_ms, ends_at_ms = bounds_ms(day)
    return [shift for shift in shifts if shift.ends_at_ms > begins_at_ms and shift.begins_at_ms < ends_at_ms]


def bounds_ms(day: date) -> tuple[int, int]:
    """When the day begins and ends; it has 23 or 25 hours when clocks change."""
    midnights = (datetime(each.year, each.month, each.day, tzinfo=ZONE) for each in (day, day + timedelta(days=1)))
    begins, ends = (round(midnight.timestamp() * 1000) for midnight in midnights)
    return begins, ends


def _of_csv(file: Path, text: str, faults: list[str]) -> Iterator[tuple[str, Shift]]:
    rows = csv.DictReader(text.splitlines(), strict=True)
    try:
        missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise RosterFault(f"{file}:1: il manque {', '.join(missing)} ; colonnes : {','.join(COLUMNS)}.")
        for row in rows:
            where = f"{file}:{rows.line_num}"
            told = {column: (row[column] or "").strip() for column in COLUMNS}
            begins, ends = (_time(where, column, told[column], faults) for column in ("debut", "fin"))
            if begins is not None and ends is not None:
                yield from _shift(where, told["agent"], begins, ends, told["activite"], faults)
    except csv.Error as error:  # where a quote is left open the rest cannot be told apart
        faults.append(f"{file}:{rows.line_num}: ce n'est pas une ligne CSV ({error}).")


def _time(where: str, column: str, value: str, faults: list[str]) -> datetime | None:
    try:
        return _local(datetime.fromisoformat(value))
    except ValueError:
        faults.append(f"{where}: {column}: « {value} » : écrivez par exemple 2026-11-23T09:00.")
        return None


def _local(time: datetime) -> datetime:
    """A time that names no zone is ours."""
    return time if time.tzinfo is not None else time.replace(tzinfo=ZONE)


def _shift(
    where: str, agent: str, begins: datetime, ends: datetime, activity: str, faults: list[str]
) -> Iterator[tuple[str, Shift]]:
    """The shift of a line; nothing, with its fault told, where it cannot be one."""
    begins_at_ms, ends_at_ms = (round(each.timestamp() * 1000) for each in (begins, ends))
    if not begins_at_ms < ends_at_ms <= begins_at_ms + LONGEST // timedelta(milliseconds=1):
        span = f"{ends:%d/%m %H:%M} : après le début ({begins:%d/%m %H:%M}), un jour au plus"
        faults.append(f"{where}: fin: {span}.")
        return
    on_line = activity.casefold().replace("_", " ") == ON_LINE
    yield (
        where,
        Shift(agent=agent, begins_at_ms=begins_at_ms, ends_at_ms=ends_at_ms, on_line=on_line, activity=activity),
    )


def _of_ics(file: Path, text: str, day: date, faults: list[str]) -> Iterator[tuple[str, Shift]]:
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
            faults.append(f"{where}: DTSTART: une journée entière ; donnez l'heure de début et de fin.")
            continue
        yield from _shift(where, _agent_of(event, file), _local(begins), _local(ends), _activity_of(event), faults)


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
