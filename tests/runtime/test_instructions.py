"""Orders from the command line: who waits is listed, an order is given, a refusal says what to do."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from core import events as e
from runtime.__main__ import app
from runtime.commands.instructions import DOUBTS, UNKNOWN, refused, run
from runtime.telling.counter import Wish, ask
from tests import centres
from tests.alone import A, B, need
from tests.runtime.test_counter import HOUR_MS, Desk

WHY = "afflux au RSA"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A and B wait for RSA; bruno is at work, and talks."""
    desk = Desk(tmp_path)
    await desk.counter.start()
    for who in (A, B):
        desk.kernel.receive(e.NeedStated(cause="t", interaction=who, need=need("rsa", tenant="aure")), centres.START_MS)
    yield desk
    await desk.counter.stop()


async def ordered(desk: Desk, wish: Wish) -> int:
    return await asyncio.to_thread(run, wish, home=desk.places.run.parent)


async def listed(desk: Desk, show: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert await ordered(desk, Wish(show=show)) == 0  # type: ignore[arg-type]
    return capsys.readouterr().out


async def test_who_waits_is_listed_in_turn_and_moved_by_whoever_the_system_says(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await listed(desk, "contacts", capsys) == (
        f"{A}  rsa n° 1  0 s  priorité 5\n{B}  rsa n° 2  0 s  priorité 5\n"
    )
    move = e.Move(interaction=B, queue="generaliste")
    assert await ordered(desk, Wish(instruction=move, reason=WHY)) == 1
    assert "--anyway" in capsys.readouterr().err
    assert await ordered(desk, Wish(instruction=move, reason=f" {WHY} ", anyway=True)) == 0
    assert capsys.readouterr().out == "C'est fait.\n"
    given = desk.told[-1]
    assert isinstance(given, e.InstructionGiven)
    assert (given.by, given.reason, given.what) == (f"@{getpass.getuser()}", WHY, move)
    assert f"{B}  generaliste n° 1" in await listed(desk, "contacts", capsys)


async def test_queues_and_agents_are_listed_as_they_are_after_an_order(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    shut = Wish(instruction=e.Shut(queue="rsa", until_at_ms=0), for_ms=HOUR_MS, reason=WHY)
    assert await ordered(desk, shut) == 0
    first, second = (await listed(desk, "queues", capsys)).splitlines()[-2:]
    assert first.startswith(
        "rsa                      RSA : 2 en attente, la plus longue attente 0 s ; fermée pour aure"
    )
    assert first.endswith(f"jusqu'au 12/10 09:30 par @{getpass.getuser()}")
    assert second.endswith("Accueil : 0 en attente")
    force = e.Force(agent="bruno", wish="ready")
    assert await ordered(desk, Wish(instruction=force, reason=WHY, anyway=True)) == 0
    assert "bruno                    sollicité depuis 0 s" in await listed(desk, "agents", capsys)
    pause = e.Force(agent="bruno", wish="pause")
    assert await ordered(desk, Wish(instruction=pause, reason=WHY)) == 0
    assert capsys.readouterr().out == "Ce sera fait après son appel.\n"


async def test_why_somebody_waits_is_asked_of_the_running_centre(desk: Desk) -> None:
    wait = (await ask(desk.places, Wish(why=B))).wait
    assert wait is not None
    assert (wait.queue, wait.place, wait.before) == ("rsa", 2, 1)
    assert (await ask(desk.places, Wish(why="personne"))).wait is None


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (e.Move(interaction="personne", queue="rsa"), "contact_unknown"),
        (e.Rank(interaction=A, priority=12), "rank_unfit"),
        (e.Give(interaction=A, agent="personne"), "agent_unknown"),
        (e.Shut(queue="ailleurs", until_at_ms=0), "queue_unknown"),
        (e.Shut(queue="rsa", until_at_ms=0), "until_unfit"),
        (e.Shut(queue="rsa", until_at_ms=0, tenants=("ailleurs",)), "queue_unknown"),
        (e.Reopen(queue="rsa"), "not_shut"),
    ],
)
async def test_what_cannot_be_is_told_with_the_remedy(
    desk: Desk, what: e.Instruction, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await ordered(desk, Wish(instruction=what, reason=WHY)) == 1
    assert capsys.readouterr().err.strip() == refused(reason)
    assert refused(reason) != reason


async def test_an_order_without_a_reason_is_none(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert await ordered(desk, Wish(instruction=e.Reopen(queue="rsa"), reason=" ")) == 1
    assert "--why" in capsys.readouterr().err


@pytest.mark.parametrize("reason", [*DOUBTS, *UNKNOWN])
def test_every_refusal_has_words(reason: str) -> None:
    assert reason not in refused(reason)


def test_every_command_asks_why() -> None:
    runner = CliRunner()
    for command in (
        ["contact", "move", "x", "--to", "rsa"],
        ["contact", "rank", "x", "--priority", "1"],
        ["contact", "give", "x", "--to", "bruno"],
        ["agent", "pause", "bruno"],
        ["agent", "ready", "bruno"],
        ["agent", "log-out", "bruno"],
        ["queue", "shut", "rsa"],
        ["queue", "reopen", "rsa"],
    ):
        result = runner.invoke(app, command)
        assert result.exit_code == 2, command
        assert "--why" in result.output


async def test_whoever_a_reload_took_away_is_listed_until_they_have_finished(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    before = centres.timed()
    agents = {name: agent for name, agent in before.agents.items() if name != "bruno"}
    after = msgspec.structs.replace(before, digest="sans bruno", agents=agents)
    ready = Wish(instruction=e.Force(agent="bruno", wish="ready"), reason=WHY, anyway=True)
    assert await ordered(desk, ready) == 0
    desk.kernel.configurations.add(after)
    desk.kernel.receive(e.ConfigurationApplied(cause="reload", digest=after.digest), centres.START_MS)
    last = (await listed(desk, "agents", capsys)).splitlines()[-1]
    assert last == "bruno                    sollicité depuis 0 s, puis retiré de la configuration"
