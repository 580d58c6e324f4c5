"""The counter: a local command asks a running kernel, and is answered once that is decided."""

from __future__ import annotations

import asyncio
import getpass
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core import events as e
from core.events.base import Event
from core.text import say, typed
from runtime.commands.services import REASONS, lines, run
from runtime.kernel import Kernel
from runtime.places import Places
from runtime.telling.counter import LINE_BYTES, Counter, CounterClosed, Wish, ask
from tests import centres

HOUR_MS = 3_600_000
WORDS = "Suite à une panne, l'attente est longue."


class Desk:
    """A counter before a kernel; `told` is what was asked of it, `busy` leaves it no room."""

    def __init__(self, home: Path) -> None:
        self.places = Places(run=home / "run")
        self.places.run.mkdir(parents=True)
        self.kernel: Kernel = centres.kernel(centres.timed())
        self.told: list[Event] = []
        self.busy = False
        self.counter = Counter(self.places, self.kernel, self.offer, lambda: centres.START_MS)
        self.kernel.receive(e.CentreStarted(cause="start", release="0"), centres.START_MS)

    def offer(self, event: Event) -> bool:
        if not self.busy:
            self.told.append(event)
            self.counter.hear(self.kernel.receive(event, centres.START_MS))
        return not self.busy


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    await desk.counter.start()
    yield desk
    await desk.counter.stop()


async def test_a_message_is_set_by_whoever_the_system_says_that_it_is(desk: Desk) -> None:
    answer = await ask(desk.places, Wish(wish="announce", words=f" {WORDS}", for_ms=HOUR_MS, reason="panne"))
    (asked,) = desk.told
    assert asked == e.ServiceAsked(
        cause="counter",
        request=asked.request,  # type: ignore[attr-defined]
        by=f"@{getpass.getuser()}",
        wish="announce",
        services=("solidarites",),
        text=typed(WORDS),
        until_at_ms=centres.START_MS + HOUR_MS,
        reason="panne",
    )
    assert answer.done
    assert lines(answer.services[0]) == [
        "Allo Solidarités (solidarites) : ouvert jusqu'au 12/10 08:30",
        f"  dit à chaque appel, par @{getpass.getuser()}, jusqu'au 12/10 09:30 :",
        f"  « {WORDS} »",
    ]


async def test_a_closing_is_shown_with_its_end(desk: Desk) -> None:
    await ask(desk.places, Wish(wish="shut", for_ms=HOUR_MS))
    (one,) = (await ask(desk.places, Wish())).services
    assert one.state == "closed"
    assert "  fermé avant l'heure par" in "\n".join(lines(one))
    (again,) = (await ask(desk.places, Wish(wish="reopen"))).services
    assert (again.state, again.closed_by) == ("open", "")


async def test_a_text_of_the_catalogue_is_said_in_its_words(desk: Desk) -> None:
    (one,) = (await ask(desk.places, Wish(wish="announce", text="accueil.greve", for_ms=HOUR_MS))).services
    assert one.notice == centres.TEXTS["accueil.greve"]
    assert desk.kernel.mind("ivr").notices["solidarites"].text == say("accueil.greve")


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (Wish(wish="announce", words=WORDS), "until_unfit"),
        (Wish(wish="announce", for_ms=HOUR_MS), "text_unknown"),
        (Wish(wish="announce", words="x" * 501, for_ms=HOUR_MS), "words_unfit"),
        (Wish(wish="shut", services=("inconnu",), for_ms=HOUR_MS), "service_unknown"),
    ],
)
async def test_what_cannot_be_is_told_with_the_remedy(
    desk: Desk, wish: Wish, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await ask(desk.places, wish)).reason == reason
    assert await asyncio.to_thread(run, wish, as_json=False, home=desk.places.run.parent) == 1
    assert capsys.readouterr().err.strip() == REASONS[reason]


async def test_a_centre_with_too_many_calls_says_come_again(desk: Desk) -> None:
    desk.busy = True
    assert (await ask(desk.places, Wish(wish="reopen"))).reason == "busy"


@pytest.mark.parametrize("line", [b"{}x\n", b'{"wish": "hang up"}\n', b"\n", b"x" * (LINE_BYTES + 1), b"\xff\n"])
async def test_whatever_is_sent_has_an_answer_and_the_next_one_is_served(desk: Desk, line: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(desk.places.counter)
    writer.write(line)
    assert b'"malformed"' in await reader.readline()
    writer.close()
    assert (await ask(desk.places, Wish())).done
    assert desk.told == []


async def test_the_socket_is_its_owners_alone_and_gone_with_the_centre(desk: Desk) -> None:
    assert stat.S_IMODE(os.stat(desk.places.counter).st_mode) == 0o600
    await desk.counter.stop()
    assert not desk.places.counter.exists()
    with pytest.raises(CounterClosed) as caught:
        await ask(desk.places, Wish())
    assert "./allo up" in str(caught.value)


async def test_a_socket_that_a_crash_left_behind_is_no_obstacle(desk: Desk) -> None:
    await desk.counter.stop()
    desk.places.counter.touch()
    with pytest.raises(CounterClosed):
        await ask(desk.places, Wish())
    await desk.counter.start()
    assert (await ask(desk.places, Wish())).done


async def test_a_run_directory_with_a_long_name_has_one_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path / ("d" * 120))
    await desk.counter.start()
    assert (await ask(desk.places, Wish())).done
    await desk.counter.stop()
    assert not desk.places.counter.exists()
