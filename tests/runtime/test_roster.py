"""Rosters as people export them, and what is said of those that cannot be read."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from runtime.commands.roster import ZONE, RosterFault, bounds_ms, read

DAY = date(2026, 11, 23)  # a Monday
AGENTS = ("alice", "bruno")
CSV = """agent,debut,fin,activite
alice,2026-11-23T09:00,2026-11-23T12:00,en ligne
alice,2026-11-23T12:00,2026-11-23T13:00,repas
bruno,2026-11-22T20:00,2026-11-23T02:00,En_Ligne
bruno,2026-11-25T09:00,2026-11-25T12:00,en ligne
"""
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//planning
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Paris:20261102T090000
DTEND;TZID=Europe/Paris:20261102T120000
RRULE:FREQ=WEEKLY;BYDAY=MO
SUMMARY:en ligne
ATTENDEE;CN=Alice:mailto:Alice@exemple.fr
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20261123T130000Z
DTEND:20261123T140000Z
CATEGORIES:formation
SUMMARY:en ligne
END:VEVENT
END:VCALENDAR
"""


def write(folder: Path, text: str, name: str = "planning.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def at(hour: int, day: int = 23) -> int:
    return round(datetime(2026, 11, day, hour, tzinfo=ZONE).timestamp() * 1000)


def test_a_csv_of_several_days_gives_what_touches_the_day(tmp_path: Path) -> None:
    shifts = read(write(tmp_path, CSV), DAY, AGENTS)
    assert [(one.agent, one.begins_at_ms, one.on_line) for one in shifts] == [
        ("alice", at(9), True),
        ("alice", at(12), False),
        ("bruno", at(20, 22), True),
    ]


def test_a_calendar_repeats_names_its_attendee_or_is_named_after_its_agent(tmp_path: Path) -> None:
    shifts = read(write(tmp_path, ICS, "bruno.ics"), DAY, AGENTS)
    assert sorted((one.agent, one.begins_at_ms, one.ends_at_ms, one.on_line, one.activity) for one in shifts) == [
        ("alice", at(9), at(12), True, "en ligne"),
        ("bruno", at(14), at(15), False, "formation"),
    ]


def test_days_of_25_hours_have_them() -> None:
    begins_at_ms, ends_at_ms = bounds_ms(date(2026, 10, 25))
    assert ends_at_ms - begins_at_ms == 25 * 3_600_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CSV.replace("fin,", "end,"), ":1: il manque fin ; colonnes : agent,debut,fin,activite."),
        (CSV.replace("23T09:00", "23 9h", 1), ":2: debut: « 2026-11-23 9h »"),
        (CSV.replace("23T12:00", "23T08:00", 1), ":2: fin: 23/11 08:00 : après le début (23/11 09:00)"),
        (CSV.replace("alice,2026-11-23T12", "zoe,2026-11-23T12"), ":3: agent: « zoe » n'est pas un agent"),
        (
            CSV.replace("23T12:00,2026", "23T11:30,2026"),
            "alice : 23/11 09:00-12:00 et 23/11 11:30-13:00 se chevauchent",
        ),
        (CSV.replace("alice,", '"alice,', 1), "ce n'est pas une ligne CSV"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:demain\nEND:VEVENT\nEND:VCALENDAR\n", "illisible"),
        (ICS.replace("20261123T130000Z", "20261123").replace("20261123T140000Z", "20261124"), "une journée entière"),
    ],
)
def test_a_roster_that_cannot_be_read_says_where_and_what_to_write(text: str, said: str, tmp_path: Path) -> None:
    name = "bruno.ics" if text.startswith("BEGIN") else "planning.csv"
    with pytest.raises(RosterFault) as fault:
        read(write(tmp_path, text, name), DAY, AGENTS)
    assert said in str(fault.value)


def test_every_fault_of_a_roster_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    lines = [
        "agent,debut,fin,activite",
        "alice,2026-11-23T09:00,2026-11-23T12:00,en ligne",
        "alice,9h,2026-11-23T08:00 demain,repas",
        "zoe,2026-11-23T09:00,2026-11-23T10:00,en ligne",
        "alice,2026-11-23T14:00,2026-11-23T13:00,en ligne",
        "alice,2026-11-23T11:00,2026-11-23T12:30,formation",
        "alice,2026-11-23T12:00,2026-11-23T13:00,repas",
    ]
    file = write(tmp_path, "\n".join(lines) + "\n", "planning.csv")
    with pytest.raises(RosterFault) as fault:
        read(file, DAY, AGENTS)
    assert [line.removeprefix(str(file)) for line in str(fault.value).splitlines()] == [
        ":3: debut: « 9h » : écrivez par exemple 2026-11-23T09:00.",
        ":3: fin: « 2026-11-23T08:00 demain » : écrivez par exemple 2026-11-23T09:00.",
        ":4: agent: « zoe » n'est pas un agent de la configuration.",
        ":5: fin: 23/11 13:00 : après le début (23/11 14:00), un jour au plus.",
        ":6: alice : 23/11 09:00-12:00 et 23/11 11:00-12:30 se chevauchent.",
        ":7: alice : 23/11 11:00-12:30 et 23/11 12:00-13:00 se chevauchent.",
    ]
    write(tmp_path, "\n".join([lines[0], *(["zoe,a,b,c"] * 40)]) + "\n", "planning.csv")
    with pytest.raises(RosterFault, match="… et 30 autres"):
        read(file, DAY, AGENTS)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "planning.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RosterFault, match="UTF-8"):
        read(tmp_path / "planning.csv", DAY, AGENTS)
    with pytest.raises(RosterFault, match="illisible"):
        read(tmp_path / "nowhere.csv", DAY, AGENTS)
