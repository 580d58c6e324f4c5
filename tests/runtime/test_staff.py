"""`./allo staff`: what it prints, for one load and for a day, and what it says to nonsense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtime.commands.staff import Asked, run_staff

DAY = "timestamp_local,calls\n2026-11-23T08:30,40\n2026-11-23T09:00,150\n2026-11-23T09:30,0\n2026-11-23T10:00,120\n"


def asked(**changes: object) -> Asked:
    usual = Asked(300.0, 300.0, 240.0, 30.0, None, 27, "", 0.0, None)
    return usual._replace(**changes)


def test_what_so_many_agents_give(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_staff(asked(), as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    expected = {"p_wait", "asa_s", "sl_offered", "sl_answered", "sl_less_short", "p_abandon", "occupancy"}
    assert expected <= set(found)
    assert found["sl_offered"] == pytest.approx(0.8075, abs=1e-4)


def test_how_many_a_goal_needs_and_how_many_posts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_staff(asked(agents=None, goal="sl_offered=0.8", shrinkage=0.33), as_json=False) == 0
    said = capsys.readouterr().out
    assert "27 agents en ligne, soit 41 postes (33,0\u202f% du temps payé hors ligne)" in said
    assert "80,7\u202f%" in said


def test_a_queue_without_end_is_null_in_json_and_words_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_staff(asked(patience_s=None, agents=20), as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["asa_s"] is None
    assert run_staff(asked(patience_s=None, agents=20), as_json=False) == 0
    assert "sans fin" in capsys.readouterr().out


def test_a_day_by_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "day.csv"
    file.write_text(DAY, encoding="utf-8")
    day = asked(calls_per_hour=None, patience_s=None, arrivals=file, agents=None, goal="sl_offered=0.8", target_s=20.0)
    assert run_staff(day, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["agents"] for row in found["intervals"]] == [10, 30, 0, 25]
    assert (found["agents"], found["agent_hours"]) == (30, 32.5)
    assert run_staff(day, as_json=False) == 0
    assert "Au plus 30 agents en ligne ; 32,5 heures d'agent." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"calls_per_hour": None}, "--calls-per-hour N"),
        ({"arrivals": Path("day.csv")}, "l'un des deux"),
        ({"agents": None}, "--goal sl_offered=0.8"),
        ({"goal": "sl_offered=0.8"}, "--agents N"),
        ({"agents": 0}, "--agents 0 : au moins 1"),
        ({"calls_per_hour": -3.0}, "--calls-per-hour -3 : plus de 0"),
        ({"aht_s": 0.0}, "--aht-s 0 : plus de 0"),
        ({"patience_s": 0.0}, "--patience-s 0 : plus de 0."),
        ({"target_s": float("nan")}, "--target-s nan : au moins 0"),
        ({"shrinkage": 1.0}, "--shrinkage 1"),
        ({"agents": None, "goal": "sl=0.8"}, "sl_answered, sl_less_short"),
        ({"agents": None, "goal": "sl_offered=80"}, "80 n'est pas une part"),
        ({"agents": None, "goal": "asa_s=x"}, "x n'est pas des secondes"),
    ],
)
def test_nonsense_is_told_with_its_remedy(
    changes: dict[str, object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_staff(asked(**changes), as_json=True) == 1
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("jour,appels\n", ":1:1: il faut les colonnes timestamp_local, calls"),
        (DAY.replace("150", "beaucoup"), ":3:18: calls: « beaucoup »"),
        (DAY.replace("150", "-1"), ":3:18: calls: « -1 »"),
        (DAY.replace("2026-11-23T09:00", "23/11 9h"), ":3:1: timestamp_local: « 23/11 9h »"),
        (DAY.replace("T09:00", "T09:00+01:00"), "sans fuseau"),
        (DAY.replace("T09:30", "T08:00"), ":4:1: timestamp_local: 2026-11-23T08:00:00 ne vient pas après"),
        (
            "timestamp_local,calls\n2026-10-25T02:00,4\n2026-10-25T02:30,4\n2026-10-25T02:00,3\n2026-10-25T02:30,3\n",
            ":4:1: timestamp_local: 2026-10-25T02:00:00 ne vient pas après 2026-10-25T02:30:00. Une ligne",
        ),
        ("timestamp_local,calls\n2026-11-23T08:30,40\n", "au moins deux intervalles"),
        ("timestamp_local,calls\n2026-11-23,4\n2026-12-23,4\n", "d'une minute à un jour"),
    ],
)
def test_a_file_that_cannot_be_counted_names_its_line(
    content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "day.csv"
    file.write_text(content, encoding="utf-8")
    assert run_staff(asked(calls_per_hour=None, arrivals=file), as_json=True) == 1
    assert said in capsys.readouterr().err


def test_all_faults_of_a_file_are_told_at_once_in_its_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "day.csv"
    rows = ["calls,timestamp_local", "4,2026-11-23T08:30", "x,demain", "9,2026-11-23T08:00", "", "-3,2026-11-23T10:00"]
    file.write_text("\n".join(rows), encoding="utf-8")
    assert run_staff(asked(calls_per_hour=None, arrivals=file), as_json=True) == 1
    told = capsys.readouterr().err.splitlines()
    places = [":3:1: calls: « x »", ":3:3: timestamp_local: « demain »", ":4:3: timestamp_local", ":6:1: calls: « -3 »"]
    assert len(told) == len(places)
    assert all(place in line for place, line in zip(places, told, strict=True))
    file.write_text("timestamp_local,calls\n" + "demain,4\n" * 60, encoding="utf-8")
    assert run_staff(asked(calls_per_hour=None, arrivals=file), as_json=True) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "… et 10 autres."


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("nowhere.csv", "bytes.csv"):
        assert run_staff(asked(calls_per_hour=None, arrivals=tmp_path / name), as_json=True) == 1
        assert "illisible" in capsys.readouterr().err
