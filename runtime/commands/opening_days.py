"""`./allo hours`: when each service is open in the coming days, and what a caller would hear at a moment, and why.

It reads the configuration and nothing else: what is shown is what the rules make of the calendar.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, assert_never

import msgspec

from core import opening
from core.centre import Centre, Hours, Service
from core.errors import AlloError
from core.events.hours import OpeningState
from core.script import (
    INVITE_TEXT,
    Ask,
    Branch,
    Details,
    HandOver,
    HangUp,
    Languages,
    Listen,
    Notices,
    Record,
    Say,
    Script,
    TakeNumber,
)
from ivr.script import HOURS_SAID
from runtime.settings import load
from runtime.settings.values import spell_ms

MOST_DAYS: Final = 400
_DATE: Final = r"(?:(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>20\d{2})|(?P<iso>20\d{2}-\d{2}-\d{2}))"
_MOMENT: Final = re.compile(_DATE + r"(?:[ T](?P<hour>\d{1,2})[:h](?P<minute>\d{2}))?")
_DAYS: Final = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
_STATES: Final[dict[OpeningState, str]] = {
    "open": "ouvert",
    "last_admission": "ouvert, mais trop tard pour entrer dans la file",
    "closed": "fermé",
}
_OF_STATE: Final = dict(zip(("open", "last_admission", "closed"), HOURS_SAID, strict=True))


class HoursFault(AlloError):
    """What was asked cannot be shown; the message names the option and the remedy."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller of `service` meets at a moment: `why` it is so, and the `words` said until keys, a queue or a
    message are asked for (`then`)."""

    service: str
    state: OpeningState
    why: str
    script: str
    words: tuple[str, ...]
    then: str


def run_hours(config: Path, *, service: str, first: str, days: int, at: str, as_json: bool) -> int:
    """0 with the table, or with what is heard `at` a moment; 1 with the remedy."""
    try:
        centre = load(config).centre
        services = _asked(centre, service)
        if at:
            shown = [heard(centre, one, moment(at, "--at")) for one in services]
            print(_json_heard(shown) if as_json else "\n\n".join(_spell(centre, one) for one in shown))
            return 0
        if not 1 <= days <= MOST_DAYS:
            raise HoursFault(f"--days : {days} hors limites, de 1 à {MOST_DAYS}")
        start = opening.local(moment(first, "--from")).date() if first else datetime.now(opening.PARIS).date()
        print(_json(centre, services, start, days) if as_json else table(centre, services, start, days))
    except AlloError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


def _asked(centre: Centre, name: str) -> list[Service]:
    """The services that the public can reach: all, or the one called `name`."""
    there = [service for service in centre.services.values() if service.numbers]
    if name and name not in {service.name for service in there}:
        raise HoursFault(f"--service : « {name} » n'est pas un service, écrivez {', '.join(one.name for one in there)}")
    return [service for service in there if name in ("", service.name)]


def moment(written: str, option: str) -> int:
    """Unix milliseconds of `25/12/2026 10:00` or `2026-12-25 10:00` in Paris; a day alone is its midnight."""
    found = _MOMENT.fullmatch(written.strip())
    example = "25/12/2026 10:00" if option == "--at" else "25/12/2026"
    if found is None or (option == "--at" and found["hour"] is None):
        raise HoursFault(f"{option} : « {written[:40]} » n'est pas une date que je sais lire, écrivez {example}")
    try:
        day = _day(found)
        at = datetime(day.year, day.month, day.day, int(found["hour"] or 0), int(found["minute"] or 0))
    except ValueError:
        raise HoursFault(f"{option} : « {written} » n'existe pas, vérifiez le jour et l'heure") from None
    at_ms = round(at.replace(tzinfo=opening.PARIS).timestamp() * 1000)
    if opening.local(at_ms).replace(tzinfo=None) != at:
        raise HoursFault(
            f"{option} : « {written} » n'existe pas (passage à l'heure d'été), écrivez une heure plus tard"
        )
    return at_ms


def _day(found: re.Match[str]) -> date:
    if found["iso"]:
        return date.fromisoformat(found["iso"])
    return date(int(found["year"]), int(found["month"]), int(found["day"]))


# The table of the coming days.


def table(centre: Centre, services: Iterable[Service], start: date, days: int) -> str:
    """A paragraph for each calendar, with the services that keep it."""
    by_hours: dict[str, list[Service]] = {}
    for service in services:
        by_hours.setdefault(service.hours, []).append(service)
    paragraphs = []
    for name, keeping in by_hours.items():
        titles = "\n".join(f"{service.title} ({service.name})" for service in keeping)
        hours = centre.hours.get(name)
        paragraphs.append(f"{titles}\n{_calendar(hours, start, days) if hours else '  répond à toute heure'}")
    return "\n\n".join(paragraphs)


def _calendar(hours: Hours, start: date, days: int) -> str:
    shown = [opening.day(hours, start + timedelta(days=number)) for number in range(days)]
    rows = [(_spell_day(day.date), _periods(day), _last(hours, day), day.note) for day in shown]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    closing = (
        "qui attend encore est servi" if hours.at_closing == "serve" else "qui attend encore est prévenu et rappelé"
    )
    lines = [
        "  " + "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3])).rstrip()
        for row in rows
    ]
    return "\n".join((f"  {hours.title} ; à la fermeture, {closing}", *lines))


def _spell_day(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day:%d/%m/%Y}"


def _clock(at_ms: int, day: date) -> str:
    at = opening.local(at_ms)
    return "24:00" if at.date() > day else f"{at:%H:%M}"


def _periods(day: opening.Day) -> str:
    return ", ".join(f"{_clock(since, day.date)}-{_clock(until, day.date)}" for since, until in day.periods) or "fermé"


def _last(hours: Hours, day: opening.Day) -> str:
    if not hours.last_admission_ms or not day.last:
        return ""
    return f"dernière entrée {', '.join(_clock(at, day.date) for at in day.last)}"


def _json(centre: Centre, services: Iterable[Service], start: date, days: int) -> str:
    return json.dumps([_rows(centre, service, start, days) for service in services], ensure_ascii=False)


def _rows(centre: Centre, service: Service, start: date, days: int) -> dict[str, Any]:
    hours = centre.hours.get(service.hours)
    shown = [opening.day(hours, start + timedelta(days=number)) for number in range(days)] if hours else []
    return {
        "service": service.name,
        "tenant": service.tenant,
        "hours": service.hours,
        "days": [
            {
                "date": day.date.isoformat(),
                "periods": [[_clock(since, day.date), _clock(until, day.date)] for since, until in day.periods],
                "last_admission": [_clock(at, day.date) for at in day.last],
                "note": day.note,
            }
            for day in shown
        ],
    }


# What a caller hears.


def heard(centre: Centre, service: Service, at_ms: int) -> Heard:
    """What somebody hears who calls `service` at `at_ms` and shows a number."""
    hours = centre.hours.get(service.hours)
    state = opening.at(hours, at_ms).state if hours else "open"
    script = centre.scripts[service.script if state == "open" or not service.closed_script else service.closed_script]
    keys, then = _walk(script, service, state)
    words = centre.texts.get(service.language, {})
    return Heard(
        service=service.name,
        state=state,
        why=_why(hours, at_ms),
        script=script.name,
        words=tuple(words.get(key, key) for key in keys),
        then=then,
    )


def _walk(script: Script, service: Service, state: OpeningState) -> tuple[list[str], str]:
    """The texts said until something is asked of the caller, and what that is."""
    known = {"hours": _OF_STATE[state], "service": service.name, "withheld": "non", "known": "non"}
    notices = [service.emergency_text] if service.emergency_text else []
    has_place = any(isinstance(step, Notices) for step in script.steps.values())
    keys = [] if has_place else [*notices]
    name = script.start
    while True:  # ends: a script that goes round without a question is refused (ivr/script.py)
        match step := script.steps[name]:
            case Say(texts=texts, then=name):
                keys += texts
            case Notices(then=name) | Languages(then=name):
                keys += notices if isinstance(step, Notices) else [INVITE_TEXT]
            case Branch(on=on, cases=cases, otherwise=otherwise):
                name = cases.get(known.get(on, ""), otherwise)
            case Ask(texts=texts, keys=choices):
                return [*keys, *texts], f"touches {', '.join(choices)}"
            case Listen(texts=texts, keys=choices):
                return [*keys, *texts], f"ce que dit la personne, ou touches {', '.join(choices)}"
            case Details(slots=slots):
                return [*keys, slots[0].text], "ce que dit ou tape la personne"
            case TakeNumber(texts=texts):
                return [*keys, *texts], "un numéro de téléphone, touche par touche"
            case Record(texts=texts, queue=queue):
                return [*keys, *texts], f"un message pour la file {queue}"
            case HandOver(queue=queue):
                return keys, f"la file {queue}"
            case HangUp(texts=texts):
                return [*keys, *texts], "raccroché"
            case _:
                assert_never(step)


def _why(hours: Hours | None, at_ms: int) -> str:
    """The reason, for a person: the day's hours, what is particular about it, until when."""
    if hours is None:
        return "ce service répond à toute heure"
    found, day = opening.at(hours, at_ms), opening.day(hours, opening.local(at_ms).date())
    told = [f"{_spell_day(day.date)} : {_periods(day)}" + (f" ({day.note})" if day.note else "")]
    if found.state == "last_admission":
        told.append(f"plus d'entrée {spell_ms(hours.last_admission_ms)} avant la fermeture")
    if found.until_at_ms is not None:
        until = opening.local(found.until_at_ms)
        what = "rouvre" if found.state == "closed" else "jusqu'au"
        told.append(f"{what} {_spell_day(until.date())} {until:%H:%M}")
    return " ; ".join(told)


def _spell(centre: Centre, one: Heard) -> str:
    lines = [
        f"{centre.services[one.service].title} ({one.service}) : {_STATES[one.state]}",
        f"  pourquoi  {one.why}",
        f"  script    {one.script}",
        *(f"  {'dit' if not number else '':<8}  « {words.strip()} »" for number, words in enumerate(one.words)),
        f"  puis      {one.then}",
    ]
    return "\n".join(lines)


def _json_heard(shown: list[Heard]) -> str:
    return json.dumps([msgspec.to_builtins(one) for one in shown], ensure_ascii=False)
