"""A worker's door: whoever brings something else than a caller's sound is closed upon, and costs nobody anything."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core import events as e
from core import ids
from speech import between
from speech.audio_socket import FRAME_BYTES, IDENTITY, SOUND, encode
from speech.engines.vosk import VoskEngine
from speech.hear import ROOT
from speech.worker import streams_of
from tests.speech.peers import MODEL, SENTENCE, Ears, Peer, command, noise, said

STRANGER = "01a3185c-5000-4031-b233-343536373839"


@pytest.fixture
async def ears() -> AsyncIterator[Ears]:
    async with Ears() as ears:
        await ears.ready()
        yield ears


async def still_hears(ears: Ears, number: int) -> None:
    """Somebody else is heard as if nothing had been."""
    peer = await ears.called(command(number))
    await peer.says(await said(SENTENCE, quiet_ms=200))
    await peer.is_quiet()
    assert (await ears.told(e.SpeechUnderstood)).words.text == SENTENCE


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 5_000, encode(SOUND, bytes(320)), encode(IDENTITY, bytes(16))]
)
async def test_garbage_is_closed_upon(ears: Ears, sent: bytes) -> None:
    order = command()
    placed = await ears.placed(order)
    peer = await Peer.open(placed.address)
    peer.writer.write(sent)
    await peer.closed()
    await still_hears(ears, 2)


async def test_a_stranger_with_a_name_that_nobody_waits_for_is_closed_upon(ears: Ears) -> None:
    placed = await ears.placed(command())
    peer = await Peer.open(placed.address, STRANGER)
    await peer.closed()
    await still_hears(ears, 2)


async def test_the_same_sound_is_not_taken_twice(ears: Ears) -> None:
    order = command()
    placed = await ears.placed(order)
    first = await Peer.open(placed.address, ids.socket_of(order.listening))
    await first.says(noise(0.2, -70))
    second = await Peer.open(placed.address, ids.socket_of(order.listening))
    await second.closed()
    await first.says(await said(SENTENCE))
    await first.is_quiet()
    assert (await ears.told(e.SpeechUnderstood)).words.text == SENTENCE


async def test_garbage_after_the_name_fails_this_caller_alone(ears: Ears) -> None:
    order = command()
    peer = await ears.called(order)
    peer.writer.write(b"\x77\x00\x00")
    await ears.ended(order, "failed")
    await peer.closed()
    await still_hears(ears, 2)


async def test_a_peer_that_says_nothing_is_closed_upon_and_its_caller_told(ears: Ears) -> None:
    order = command()
    placed = await ears.placed(order)
    peer = await Peer.open(placed.address)
    await ears.ended(order, "failed")
    await peer.closed()


async def test_half_a_frame_and_then_nothing_is_silence(ears: Ears) -> None:
    order = command(silence_ms=500)
    peer = await ears.called(order)
    peer.writer.write(encode(SOUND, bytes(FRAME_BYTES))[:100])
    await ears.ended(order, "silence")
    assert peer.hung_up or (await peer.closed()) is None


async def test_whoever_hangs_up_is_told_as_closed(ears: Ears) -> None:
    order = command()
    peer = await ears.called(order)
    await peer.says(noise(0.2, -70))
    await peer.close()
    await ears.ended(order, "closed")


async def test_sound_faster_than_a_voice_is_refused(ears: Ears) -> None:
    order = command()
    peer = await ears.called(order)
    for _ in range(400):
        peer.writer.write(encode(SOUND, noise(0.02, -30)))
    await ears.ended(order, "failed")
    await peer.closed()
    await still_hears(ears, 2)


async def test_many_strangers_do_not_keep_a_caller_out(ears: Ears) -> None:
    order = command()
    placed = await ears.placed(order)
    strangers = [await Peer.open(placed.address) for _ in range(80)]
    done = await asyncio.gather(*(stranger.closed() for stranger in strangers))
    assert len(done) == 80
    await still_hears(ears, 2)


def test_a_worker_that_is_told_nonsense_says_so_and_ends() -> None:
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "speech.worker"],
        input=b'{"type": "Nonsense"}\n',
        capture_output=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert isinstance(between.told(ran.stdout), between.Unfit)
    assert ran.returncode == 1


def test_a_worker_ends_when_nobody_orders_any_more(tmp_path: Path) -> None:
    setup = between.Setup(
        models={"fr": str(MODEL)}, host="127.0.0.1", port=0, most=5, pause_ms=500, open_pause_ms=1_300
    )
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "speech.worker"],
        input=between.line(setup),
        capture_output=True,
        timeout=60,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
    )
    ready = between.told(ran.stdout.splitlines()[0])
    assert isinstance(ready, between.Ready)
    assert 0 < ready.streams <= 5


def test_places_are_measured_with_the_model_and_bounded() -> None:
    assert streams_of(VoskEngine(MODEL), 1) == 1
