"""Hours as the head of a platform writes them: the week, public holidays, and the days that are different.

    week:
      lun-jeu: 08:30-12:30, 13:30-17:30
      ven: 08:30-12:30, 13:30-16:30
    public_holidays: france            # closed on them; alsace_moselle has two more; open: as any day
    dates:
      24/12: 08:30-12:00               # each year
      07/05/2027: ferme                # once: a pont
      27/12/2027-31/12/2027: ferme (travaux)

What stands in brackets says why.  They become rules in OpenStreetMap's notation, which core/opening.py asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, cast

import msgspec

from core import opening
from core.centre import Hours
from core.holidays import GOOD_FRIDAY, SAINT_STEPHEN
from runtime.settings import values
from runtime.settings.content import seal
from runtime.settings.faults import Faults
from runtime.settings.reading import Fields, words
from runtime.settings.source import Mapping, Node, Scalar
from runtime.settings.values import Unfit

if TYPE_CHECKING:
    from runtime.settings import Loaded

HOUR: Final = 3_600_000
HOLIDAYS: Final = ("france", "alsace_moselle", "open")
AT_CLOSING: Final = ("serve", "callback")
CLOSED: Final = ("ferme", "fermé")
EXCEPTIONALLY_CLOSED: Final = "fermeture exceptionnelle"
EXCEPTIONALLY_OPEN: Final = "horaires exceptionnels"
DAYS: Final = {"lun": "Mo", "mar": "Tu", "mer": "We", "jeu": "Th", "ven": "Fr", "sam": "Sa", "dim": "Su"}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PERIOD: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_WHY: Final = re.compile(r"([^()]*)\(([^()\"]*)\)\s*")
_DATE: Final = re.compile(r"(\d{2})/(\d{2})(?:/(20\d{2}))?")
# A year that has a 29th of February, to tell whether a day of every year can be.
_LEAP: Final = 2028
_MOST_DATES: Final = 200
_WHY_CHARACTERS: Final = 60

# What public holidays make of the day; Alsace and Moselle have Good Friday and the 26th of December too.
_HOLIDAY_RULES: Final = {
    "france": (f'PH off "{opening.PUBLIC_HOLIDAY}"',),
    "alsace_moselle": (
        f'PH off "{opening.PUBLIC_HOLIDAY}"',
        f'easter -2 days off "{GOOD_FRIDAY}"',
        f'Dec 26 off "{SAINT_STEPHEN}"',
    ),
    "open": (),
}


def read_hours(fields: Fields) -> dict[str, Hours]:
    """The `hours` of centre.yaml, by name."""
    found = fields.mapping("hours", values.NAME, values.NAME_SAID, required=False)
    return {key: _hours(fields.faults, key, node) for key, (_, node) in found.items()}


def always_open(loaded: Loaded) -> Loaded:
    """The same centre at any hour of the day: for a demonstration, which says so."""
    services = {
        name: msgspec.structs.replace(service, hours="", closed_script="")
        for name, service in loaded.centre.services.items()
    }
    centre, content = seal(msgspec.structs.replace(loaded.centre, services=services))
    return msgspec.structs.replace(loaded, centre=centre, content=content)


def _hours(faults: Faults, key: str, node: Node) -> Hours:
    fields = Fields(faults, node, f"hours.{key}")
    rules = [*_week(fields)]
    rules += _HOLIDAY_RULES[fields.one_of("public_holidays", HOLIDAYS, "france")]
    rules += _dates(fields)
    hours = Hours(
        name=key,
        title=fields.label("title"),
        rules="; ".join(rules) or "off",
        last_admission_ms=fields.duration_ms("last_admission", 0, 0, 4 * HOUR),
        at_closing=cast("Literal['serve', 'callback']", fields.one_of("at_closing", AT_CLOSING, "serve")),
    )
    fields.close()
    if rules:
        opening.compiled(hours.rules)  # a rule of ours that the notation does not know is a bug of ours
    return hours


def _entries(fields: Fields, name: str, required: bool) -> Iterable[tuple[str, Scalar, Node]]:
    node = fields.node(name, required)
    if node is None:
        return ()
    if not isinstance(node, Mapping) or not node.entries:
        fields.faults.add(node.mark, fields.at(name), "doit contenir des lignes « jour: horaires »")
        return ()
    return [(key, scalar, value) for key, (scalar, value) in node.entries.items()]


def _week(fields: Fields) -> list[str]:
    """A rule for each line; a day that no line names is closed."""
    rules: list[str] = []
    told: set[str] = set()
    for key, scalar, value in _entries(fields, "week", required=True):
        at = fields.at(f"week.{key}")
        days = _days(key)
        if not days:
            what = "jour inconnu, écrivez lun, mar, mer, jeu, ven, sam, dim ou une suite : lun-ven"
            fields.faults.add(scalar.mark, at, what)
            continue
        if twice := [day for day in days if day in told]:
            what = f"{', '.join(twice)} déjà écrit plus haut, gardez une seule ligne par jour"
            fields.faults.add(scalar.mark, at, what)
        told.update(days)
        periods = _periods(value, at, fields.faults)
        if periods:
            rules.append(f"{','.join(DAYS[day] for day in days)} {periods}")
    if told and not any(not rule.endswith(" off") for rule in rules):
        fields.faults.add(fields.mark_of("week"), fields.at("week"), "fermé toute la semaine, ouvrez au moins un jour")
    return rules


def _days(key: str) -> list[str]:
    """The days of `lun`, `lun-ven` or `sam, dim`; none for anything else."""
    names = list(DAYS)
    days: list[str] = []
    for part in key.replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        if first not in names or (dash and (last not in names or names.index(last) <= names.index(first))):
            return []
        days += names[names.index(first) : names.index(last) + 1] if dash else [first]
    return days


def _dates(fields: Fields) -> list[str]:
    """A rule for each day that is different: those of every year first, for one of this year is stronger."""
    yearly: list[str] = []
    once: list[str] = []
    told: set[str] = set()
    entries = list(_entries(fields, "dates", required=False))
    if len(entries) > _MOST_DATES:
        fields.faults.add(fields.mark_of("dates"), fields.at("dates"), f"{len(entries)} jours, {_MOST_DATES} au plus")
    for key, scalar, value in entries:
        at = fields.at(f"dates.{key}")
        try:
            days, every_year = _span(key)
        except Unfit as unfit:
            fields.faults.add(scalar.mark, at, str(unfit))
            continue
        if days in told:
            fields.faults.add(scalar.mark, at, "déjà écrit plus haut, gardez une seule ligne par jour")
        told.add(days)
        periods = _periods(value, at, fields.faults, dated=True)
        if periods:
            (yearly if every_year else once).append(f"{days} {periods}")
    return [*yearly, *once]


def _span(written: str) -> tuple[str, bool]:
    """`24/12`, `24/12/2026` or two such with a dash, as the notation has it; whether it is of every year."""
    said = f"« {written[:40]} » n'est pas une date, écrivez 24/12 (chaque année), 24/12/2026 ou 24/12/2026-31/12/2026"
    first, dash, last = written.replace(" ", "").partition("-")
    ends = [_DATE.fullmatch(end) for end in ((first, last) if dash else (first,))]
    days = [_day(end, said) for end in ends]
    dated = [end is not None and end[3] is not None for end in ends]
    if len(set(dated)) > 1:
        raise Unfit("donnez l'année aux deux bouts, ou à aucun")
    if dash and days[0] > days[1] and dated[0]:
        raise Unfit("la fin vient avant le début, échangez-les")
    return "-".join(_spelled(day, dated[0]) for day in days), not dated[0]


def _day(found: re.Match[str] | None, said: str) -> date:
    if found is None:
        raise Unfit(said)
    try:
        return date(int(found[3] or _LEAP), int(found[2]), int(found[1]))
    except ValueError:
        raise Unfit(f"« {found[0]} » n'existe pas, vérifiez le jour et le mois") from None


def _spelled(day: date, with_year: bool) -> str:
    year = f"{day.year} " if with_year else ""
    return f"{year}{_MONTHS[day.month - 1]} {day.day:02}"


def _periods(value: Node, at: str, faults: Faults, *, dated: bool = False) -> str:
    """`08:30-12:30,13:30-17:30`, or `off`, on a `dated` day with why; empty with a fault for anything else."""
    if not isinstance(value, Scalar):
        faults.add(value.mark, at, "doit être des horaires sur une ligne : 08:30-12:30, 13:30-17:30")
        return ""
    try:
        return _read_dated(words(value)) if dated else read_periods(words(value))
    except Unfit as unfit:
        faults.add(value.mark, at, str(unfit))
        return ""


def _read_dated(written: str) -> str:
    """The hours of a day that is different, and in brackets why."""
    found = _WHY.fullmatch(written)
    why = found[2].strip() if found is not None else ""
    if found is not None and (not why or len(why) > _WHY_CHARACTERS):
        raise Unfit(f"la raison entre parenthèses doit avoir de 1 à {_WHY_CHARACTERS} caractères : ferme (travaux)")
    periods = read_periods(found[1].strip() if found is not None else written)
    return f'{periods} "{why or (EXCEPTIONALLY_CLOSED if periods == "off" else EXCEPTIONALLY_OPEN)}"'


def read_periods(written: str) -> str:
    """`08:30-12:30,13:30-17:30`, or `off`; raises Unfit."""
    if written in CLOSED:
        return "off"
    periods = [part.strip() for part in written.split(",")]
    before = ""
    for period in periods:
        if not _PERIOD.fullmatch(period):
            raise Unfit(f"« {period[:40]} » n'est pas un horaire, écrivez 08:30-12:30 ou ferme")
        start, end = period.split("-")
        if start >= end:
            raise Unfit(f"« {period} » finit avant de commencer, échangez les heures")
        if start < before:
            raise Unfit(f"« {period} » commence avant la fin de l'horaire précédent, remettez-les dans l'ordre")
        before = end
    return ",".join(periods)
