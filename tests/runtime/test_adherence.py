"""`./allo adherence`: the roster beside the journal."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from core import events as e
from core.events.distribution import AgentState
from core.step import Step
from runtime.commands.adherence import run_adherence
from runtime.commands.roster import ZONE
from runtime.memory import Memory
from runtime.settings import load

CONFIG = Path(__file__).resolve().parent.parent.parent / "config"
AGENT = next(iter(load(CONFIG).centre.agents))
ROSTER = f"agent,debut,fin,activite\n{AGENT},2026-10-12T09:00,2026-10-12T12:00,en ligne\n"


def step(seq: int, hour: int, state: AgentState) -> Step:
    now_ms = round(datetime(2026, 10, 12, hour, tzinfo=ZONE).timestamp() * 1000)
    fact = e.AgentStateChanged(
        cause="t", agent=AGENT, state=state, reason="", interaction=None, until_at_ms=None, misses=0
    )
    return Step(seq=seq, now_ms=now_ms, input=fact)


async def test_the_day_of_the_journal_is_held_against_the_roster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALLO_HOME", str(tmp_path))
    roster = tmp_path / "planning.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    assert run_adherence(CONFIG, roster, "2026-10-12", as_json=True) == 1
    assert "./allo up" in capsys.readouterr().err
    journal = tmp_path / "run" / load(CONFIG).settings.journal.path
    journal.parent.mkdir(parents=True)
    memory = Memory.file(journal, durable=False)
    memory.log.start(lambda _kept, _reason: None)
    memory.log.keep([step(1, 10, "available"), step(2, 13, "logged_out")])
    assert await memory.log.kept(2)
    assert run_adherence(CONFIG, roster, "2026-10-12", as_json=True) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["agent"], row["planned_on_line_s"], row["on_line_s"], row["beyond_s"]) == (AGENT, 10800, 7200, 3600)
    assert row["adherence"] == pytest.approx(2 / 3)
    assert run_adherence(CONFIG, roster, "2026-10-12", as_json=False) == 0
    assert "Ensemble : adhérence 67\u202f%, temps payé hors ligne 33\u202f%." in capsys.readouterr().out
    assert run_adherence(CONFIG, roster, "2026-10-13", as_json=False) == 0
    assert "rien de planifié" in capsys.readouterr().out
    today = datetime.now(ZONE).date()  # midnight may come meanwhile, and a day may have 25 hours
    halves = [f"{today + timedelta(days=more)}T{hour}:00" for more in range(3) for hour in ("00", "12")]
    lines = [f"{AGENT},{begins},{ends},en ligne\n" for begins, ends in pairwise(halves)]
    roster.write_text("agent,debut,fin,activite\n" + "".join(lines), encoding="utf-8")
    assert run_adherence(CONFIG, roster, "", now=True, as_json=True) == 0
    (away,) = json.loads(capsys.readouterr().out)
    assert (away["agent"], away["state"]) == (AGENT, "logged_out")
    assert run_adherence(CONFIG, roster, "", now=True, as_json=False) == 0
    assert capsys.readouterr().out.rstrip().endswith("absent")
    assert run_adherence(CONFIG, roster, "2026-10-12", now=True, as_json=False) == 1
    assert "--now" in capsys.readouterr().err
    await memory.log.stop()
    memory.keys.close()


@pytest.mark.parametrize(("day", "said"), [("lundi", "--day lundi"), ("2026-10-12", "illisible")])
def test_nonsense_is_told(day: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_adherence(CONFIG, tmp_path / "nowhere.csv", day, as_json=False) == 1
    assert said in capsys.readouterr().err
