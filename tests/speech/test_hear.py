"""Those who hear, as real processes: what is said is understood, and whatever breaks, the caller is told of at once."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

from core import events as e
from core.commands import HearCaller
from speech.hear import Hearing, HearSettings
from tests.speech.peers import MODEL, SENTENCE, Ears, Peer, command, said


async def test_what_is_said_is_told_and_then_understood() -> None:
    async with Ears() as ears:
        capacity = await ears.ready()
        assert capacity.trial
        assert 0 < capacity.streams <= 100
        order = command()
        peer = await ears.called(order)
        await asyncio.gather(peer.says(await said(SENTENCE, quiet_ms=300)), ears.told(e.WordsHeard))
        await peer.is_quiet()
        understood = await ears.told(e.SpeechUnderstood)
        assert understood.words.text == SENTENCE
        assert (understood.interaction, understood.listening) == (order.interaction, order.listening)
        partial = await ears.told(e.WordsHeard)
        assert SENTENCE.startswith(partial.words.text or "?")
        assert peer.hung_up  # Asterisk is told that the call goes on


async def test_without_a_model_everybody_is_refused_and_that_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    facts: list[e.Event] = []
    hearing = Hearing(HearSettings(), wanted=True)
    hearing.start(facts.append)
    hearing.hear(command(1))
    hearing.hear(command(2))
    [capacity, first, second] = facts
    assert isinstance(capacity, e.SpeechCapacity)
    assert capacity.streams == 0
    assert "speech fetch" in capacity.why
    assert [fact.why for fact in (first, second) if isinstance(fact, e.HearingEnded)] == ["refused", "refused"]
    assert len(caplog.records) == 1
    await hearing.stop()


async def test_a_model_that_is_half_there_is_told_with_the_file_that_is_missing(tmp_path: Path) -> None:
    shutil.copytree(MODEL, tmp_path / "half")
    (tmp_path / "half/am/final.mdl").unlink()
    async with Ears(models={"fr": tmp_path / "half"}) as ears:
        capacity = await ears.told(e.SpeechCapacity)
        assert capacity.streams == 0
        assert "am/final.mdl" in capacity.why
        order = command()
        ears.hearing.hear(order)
        await ears.ended(order, "refused")


async def test_a_model_that_is_put_back_is_used_without_a_restart(tmp_path: Path) -> None:
    async with Ears(models={"fr": tmp_path / "model"}) as ears:
        assert "n'existe pas" in (await ears.told(e.SpeechCapacity)).why
        shutil.copytree(MODEL, tmp_path / "copying")
        (tmp_path / "copying").rename(tmp_path / "model")
        assert (await ears.ready()).streams > 0


async def test_a_language_without_a_model_is_not_heard() -> None:
    async with Ears() as ears:
        await ears.ready()
        order = command(language="ar")
        ears.hearing.hear(order)
        await ears.ended(order, "refused")


async def test_beyond_the_places_that_there_are_callers_are_refused_at_once() -> None:
    async with Ears(most=2) as ears:
        assert (await ears.ready()).streams == 2
        first, second, third = command(1), command(2), command(3)
        await ears.placed(first)
        await ears.placed(second)
        ears.hearing.hear(third)
        await ears.ended(third, "refused")
        ears.hearing.forget(first.listening)
        await ears.placed(command(4))


async def test_a_worker_that_dies_fails_its_callers_at_once_and_is_started_again() -> None:
    async with Ears() as ears:
        await ears.ready()
        order = command()
        peer = await ears.called(order)
        speaking = asyncio.create_task(peer.says(await said(SENTENCE)))
        await ears.told(e.WordsHeard)
        [pid] = ears.hearing.pids
        os.kill(pid, signal.SIGKILL)
        await ears.ended(order, "failed")
        await peer.closed()
        await speaking
        lost = await ears.told(e.SpeechCapacity, lambda fact: fact.streams == 0)
        assert "redémarre" in lost.why
        await ears.told(e.SpeechCapacity, lambda fact: fact.streams > 0, nth=2)
        await ears.placed(command(2))
        assert ears.hearing.pids != (pid,)


async def test_a_worker_that_says_nothing_any_more_is_ended() -> None:
    async with Ears() as ears:
        await ears.ready()
        order = command()
        await ears.called(order)
        [pid] = ears.hearing.pids
        os.kill(pid, signal.SIGSTOP)
        await ears.ended(order, "failed")
        await ears.told(e.SpeechCapacity, lambda fact: fact.streams > 0, nth=2)


async def test_a_worker_that_does_not_make_room_costs_a_caller_a_moment_only() -> None:
    async with Ears() as ears:
        await ears.ready()
        [pid] = ears.hearing.pids
        os.kill(pid, signal.SIGSTOP)
        order = command()
        ears.hearing.hear(order)
        await ears.ended(order, "failed")
        os.kill(pid, signal.SIGCONT)


async def test_of_two_workers_one_dies_and_the_callers_of_the_other_go_on() -> None:
    async with Ears(workers=2) as ears:
        await ears.ready()
        orders = [command(1), command(2)]
        peers = [await ears.called(order) for order in orders]
        os.kill(ears.hearing.pids[0], signal.SIGKILL)
        lost = await ears.told(e.HearingEnded)
        [other] = [order for order in orders if order.listening != lost.listening]
        peer = peers[orders.index(other)]
        await peer.says(await said(SENTENCE, quiet_ms=200))
        await peer.is_quiet()
        understood = await ears.told(e.SpeechUnderstood)
        assert understood.listening == other.listening


async def test_who_is_forgotten_is_let_go_and_nothing_more_is_told() -> None:
    async with Ears() as ears:
        await ears.ready()
        order = command()
        peer = await ears.called(order)
        speaking = asyncio.create_task(peer.says(await said(SENTENCE)))
        await ears.told(e.WordsHeard)
        ears.hearing.forget(order.listening)
        await peer.closed()
        await speaking
        assert peer.hung_up
        ears.hearing.forget(order.listening)
        ears.hearing.forget("never heard of")
        assert not [fact for fact in ears.facts if isinstance(fact, e.HearingEnded | e.SpeechUnderstood)]


async def test_workers_end_with_the_centre() -> None:
    ears = Ears(workers=2)
    async with ears:
        await ears.ready()
        pids = ears.hearing.pids
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_port_that_is_taken_is_told() -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Ears(port=port) as ears:
        capacity = await ears.told(e.SpeechCapacity)
        assert capacity.streams == 0
        assert str(port) in capacity.why
    server.close()


async def heard(ears: Ears, order: HearCaller, peer: Peer) -> None:
    await peer.is_quiet()
    await ears.ended(order, "silence")


async def test_somebody_who_says_nothing_is_told_as_silence() -> None:
    async with Ears() as ears:
        await ears.ready()
        order = command(silence_ms=1_000)
        await heard(ears, order, await ears.called(order))
