"""Who is to be called back, as an operator reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from core import events as e
from core import ids
from core.events.base import Event
from core.personal import Personal
from core.step import Step
from runtime.commands.tasks import KINDS, Standing, line, run_tasks, standing
from runtime.commands.trace import latest
from runtime.memory import Memory
from runtime.settings import load
from tests import centres
from tests.softphone_ui.journals import Kept

CONFIG = Path(__file__).resolve().parent.parent.parent / "config"
NUMBER = "+33639980042"


def opened(number: int, kind: e.TaskKind = "abandoned") -> e.TaskOpened:
    interaction = centres.interaction(number)
    return e.TaskOpened(
        cause="t",
        task=ids.task(interaction),
        kind=kind,
        interaction=interaction,
        tenant="yvelines",
        service="solidarites",
        queue="rsa",
        topic="",
        number=Personal(interaction, "number", NUMBER),
        caller_key=f"key-{number}",
        message="",
        since_at_ms=centres.START_MS - number,
        due_at_ms=centres.START_MS,
        expires_at_ms=centres.START_MS,
        attempts=1,
    )


def steps(*facts: Event) -> list[Step]:
    return [Step(seq=seq, now_ms=centres.START_MS, input=fact) for seq, fact in enumerate(facts, start=1)]


def life() -> list[Step]:
    """One person gave up twice and is called by alice; a promise is given back; a message is dealt with."""
    gave_up, promised, message = opened(1), opened(2, "callback"), opened(3, "message")
    return steps(
        gave_up,
        promised,
        message,
        e.TaskRepeated(cause="t", task=gave_up.task, interaction=centres.interaction(9), attempts=2),
        e.TaskClaimed(cause="t", task=gave_up.task, agent="alice", until_at_ms=1),
        e.TaskClaimed(cause="t", task=promised.task, agent="bruno", until_at_ms=1),
        e.TaskReleased(cause="t", task=promised.task, agent="bruno"),
        e.TaskClosed(cause="t", task=message.task, agent="alice", how="done"),
        e.TaskClaimed(cause="t", task="unknown", agent="alice", until_at_ms=1),
    )


def test_every_kind_of_task_has_its_words() -> None:
    for kind in get_args(e.TaskKind):
        (task,) = standing(steps(opened(1, kind)))
        assert KINDS[kind] in line(task)


def test_what_is_still_to_be_done_stands_in_the_order_of_its_waiting() -> None:
    tasks = standing(life())
    assert [(task.opened.kind, task.attempts, task.agent) for task in tasks] == [
        ("callback", 1, ""),
        ("abandoned", 2, "alice"),
    ]


def test_a_task_is_one_line_in_french() -> None:
    callback, abandoned = standing(life())
    assert line(callback) == "12/10 08:29  rappel promis    +33639980042    file rsa, avant le 12/10 08:30"
    assert line(abandoned).endswith("avant le 12/10 08:30, 2 tentatives, pris par alice")
    agreed = msgspec.structs.replace(callback.opened, from_at_ms=centres.START_MS - 3_600_000)
    assert line(Standing(opened=agreed, attempts=1)).endswith("convenu le 12/10 07:30, avant le 12/10 08:30")
    erased = opened(1)
    nobody = Standing(opened=erased, attempts=1)
    assert erased.number is not None
    erased.number.text = None
    assert "(effacé)" in line(nobody)


def test_a_callback_that_is_made_by_itself_says_how_it_stands() -> None:
    promised = opened(2, "callback")
    attempt = centres.interaction(8)
    need = e.Need(queue="rsa", skills=(), priority=5, topic="", language="fr")
    of: dict[str, Any] = {"cause": "t", "interaction": attempt, "task": promised.task}
    why = e.Why(available=1, eligible=1, rule="longest_idle", waited_ms=0, turn="edf", idle_ms=0, versatility=1)
    due = e.CallbackDue(**of, need=need, arrived_at_ms=promised.since_at_ms)
    chosen = e.CallbackChosen(**of, agent="alice", why=why)
    taken = e.TaskClaimed(cause="t", task=promised.task, agent="alice", until_at_ms=1)
    given_back = e.TaskReleased(cause="t", task=promised.task, agent="alice")
    put_off = e.CallbackPutOff(
        **of, queue="rsa", agent="alice", why="unreached", tries=1, until_at_ms=centres.START_MS + 900_000
    )
    left = e.CallbackLeft(**of, queue="rsa", agent="alice", tries=2)
    facts: list[Event] = [promised]
    for more, told in (
        ([due], ", attend son tour"),
        ([chosen, taken], ", on l'appelle, pris par alice"),
        ([put_off, given_back], ", 1 appel(s) sans réponse, appel le 12/10 08:45"),
        ([due], ", 1 appel(s) sans réponse, attend son tour"),
        ([left], ", 2 appel(s) sans réponse, laissé aux agents"),
    ):
        facts += more
        (task,) = standing(steps(*facts))
        assert line(task).endswith(f"avant le 12/10 08:30{told}")


@pytest.mark.parametrize(("kind", "kinds"), [(None, ["callback", "abandoned"]), ("callback", ["callback"])])
async def test_the_journal_is_read_as_the_configuration_says(
    kind: e.TaskKind | None,
    kinds: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ALLO_HOME", str(tmp_path))
    assert run_tasks(CONFIG, kind, as_json=True) == 1
    assert "./allo up" in capsys.readouterr().err
    journal = tmp_path / "run" / load(CONFIG).settings.journal.path
    journal.parent.mkdir(parents=True)
    memory = Memory.file(journal, durable=False)
    memory.log.start(lambda _kept, _reason: None)
    memory.log.keep(life())
    assert await memory.log.kept(len(life()))
    assert run_tasks(CONFIG, kind, as_json=True) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["kind"] for row in rows] == kinds
    assert (rows[0]["number"], rows[0]["stands"], rows[0]["called"]) == (NUMBER, "", 0)
    assert run_tasks(CONFIG, kind, as_json=False) == 0
    assert f"{len(kinds)} personne(s) à qui répondre." in capsys.readouterr().out
    await memory.log.stop()
    memory.keys.close()


def test_the_latest_are_writings_too_until_they_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    written = e.WritingArrived(
        cause="t",
        request="",
        interaction=centres.interaction(8),
        system="site",
        key="k",
        tenant="centre",
        service="solidarites",
        channel="email",
        language="fr",
        sender=None,
        subject=None,
        text=Personal("x", "words", None),
    )
    aside = e.WritingSetAside(cause="t", interaction=written.interaction)
    latest(Kept(steps(written)))
    latest(Kept(steps(written, aside)))
    waits, over = capsys.readouterr().out.splitlines()
    assert waits.endswith("écrit, en cours")
    assert "en cours" not in over


def test_the_latest_are_calls_callbacks_and_calls_of_agents(capsys: pytest.CaptureFixture[str]) -> None:
    need = e.Need(queue="rsa", skills=(), priority=5, topic="", language="fr")
    of: dict[str, Any] = {"cause": "t", "interaction": centres.interaction(8), "task": "t-1"}
    due = e.CallbackDue(**of, need=need, arrived_at_ms=centres.START_MS)
    dialled = e.DialAsked(**of, request="", agent="alice", service="solidarites", number=Personal("x", "number", None))
    own = msgspec.structs.replace(dialled, interaction=centres.interaction(9), task="")
    over = e.InteractionEnded(cause="t", interaction=own.interaction, outcome="unreached", reason="busy")
    latest(Kept(steps(due, dialled, own, over)))
    called_back, placed = capsys.readouterr().out.splitlines()
    assert called_back.endswith("rappel promis, en cours")
    assert "appel sortant, " in placed
    assert "en cours" not in placed
