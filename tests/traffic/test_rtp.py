"""RTP streams, keys and the one ticker that paces them all."""

from __future__ import annotations

import asyncio
import socket
import struct

import numpy as np
import pytest

from traffic.rtp import Stream, key_packets
from traffic.sound import FRAME, SILENCE, frames_of, silence_frames
from traffic.ticker import Ticker


def packet(sequence: int, payload: bytes, kind: int = 8, timestamp: int | None = None, ssrc: int = 1) -> bytes:
    stamp = 160 * sequence if timestamp is None else timestamp
    return struct.pack(">BBHII", 0x80, kind, sequence & 0xFFFF, stamp, ssrc) + payload


def raw_peer(stream: Stream) -> socket.socket:
    """A plain socket joined to the stream, to send and see packets as they are."""
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    peer.connect(("127.0.0.1", stream.port))
    stream.connect(*peer.getsockname())
    return peer


def test_each_key_is_a_growing_event_with_an_end_and_a_gap() -> None:
    packets = list(key_packets("1*", tone_ms=60, gap_ms=40))
    assert [(p.event, p.first, p.last, p.duration) for p in packets[:3]] == [
        (1, True, False, 160),
        (1, False, False, 320),
        (1, False, True, 480),
    ]
    assert [p.event for p in packets] == [1, 1, 1, None, None, 10, 10, 10, None, None]


async def test_frames_leave_every_20_ms_with_continuous_numbers() -> None:
    stream, count = Stream(), 25
    with raw_peer(stream) as peer:
        await stream.play(frames_of(bytes([1]) * FRAME * count))
        stream.close()
        peer.setblocking(False)
        received = [peer.recv(2048) for _ in range(count)]
    headers = [struct.unpack(">BBHII", data[:12]) for data in received]
    assert {header[1] for header in headers} == {8}
    assert set(np.diff([header[2] for header in headers])) <= {1, -65535}
    assert set(np.diff([header[3] for header in headers])) == {160}
    assert all(data[12:] == bytes([1]) * FRAME for data in received)


async def test_two_streams_keep_time_and_the_kernel_stamps_arrivals() -> None:
    one, other = Stream(), Stream()
    one.connect("127.0.0.1", other.port)
    other.connect("127.0.0.1", one.port)
    await one.play(silence_frames(0.6))
    arrivals = other.heard.arrivals_ms()
    assert len(arrivals) >= 28
    assert np.median(np.diff(arrivals)) == pytest.approx(20, abs=1.5)
    one.close()
    other.close()


async def test_losses_duplicates_and_late_packets_are_told_apart() -> None:
    stream = Stream()
    with raw_peer(stream) as peer:
        for sequence in (65534, 65535, 65536, 65539, 65538, 65539, 65540):  # 65537 is lost
            peer.send(packet(sequence, SILENCE))
        peer.send(packet(9, SILENCE, ssrc=2))  # a new sender begins where it likes
        await received(stream, 8)
        assert stream.lost == 1
    stream.close()


async def test_a_key_counts_once_however_often_it_is_repeated() -> None:
    stream = Stream()
    with raw_peer(stream) as peer:
        for sequence, (event, stamp) in enumerate([(5, 0), (5, 0), (5, 0), (5, 800), (16, 1600), (12, 2400)]):
            peer.send(packet(sequence, struct.pack(">BBH", event, 10, 160), kind=101, timestamp=stamp))
        await received(stream, 6)
        assert [key.key for key in stream.keys_heard] == ["5", "5", "A"]  # 16 is "flash": no key
    stream.close()


async def test_what_is_not_sound_is_ignored() -> None:
    stream = Stream()
    with raw_peer(stream) as peer:
        for rubbish in (b"", b"short", packet(1, SILENCE, kind=0), packet(2, b"\0" * 20, kind=200)):
            peer.send(rubbish)
        extended = struct.pack(">BBHII", 0xB1, 8, 3, 480, 1) + b"CSRC" + b"\0\0\0\1" + b"EXTN" + SILENCE + b"\0\0\0\4"
        peer.send(extended)
        await received(stream, 1)
        assert (stream.received, stream.heard.frames) == (1, 1)
    stream.close()


async def test_a_stranger_is_not_heard() -> None:
    stream = Stream()
    with raw_peer(stream) as peer, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(packet(1, SILENCE), ("127.0.0.1", stream.port))
        peer.send(packet(1, SILENCE))
        await received(stream, 1)
        assert stream.received == 1
    stream.close()


async def test_playing_something_else_or_closing_ends_what_played() -> None:
    stream = Stream()
    first = stream.play(silence_frames(60))
    second = stream.play(silence_frames(60))
    assert (first.done(), second.done()) == (True, False)
    pressing = stream.press("123")
    stream.close()
    async with asyncio.timeout(1):
        await asyncio.gather(second, pressing)
        await asyncio.gather(stream.play(silence_frames(60)), stream.press("1"))


async def test_keys_need_a_peer_that_takes_them() -> None:
    stream = Stream()
    stream.connect("127.0.0.1", 9, keys=None)
    with pytest.raises(RuntimeError, match="no telephone-event"):
        stream.press("1")
    stream.close()


async def test_the_ticker_stops_with_its_last_stream_and_survives_a_source_that_raises(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ticker, broken, sound = Ticker.shared(), Stream(), Stream()
    broken.play(map(bytes, [-1]))
    with raw_peer(sound) as peer:
        peer.send(packet(1, SILENCE))
        await received(sound, 1)
    assert "negative count" in caplog.text, "the source's error is told, not swallowed"
    broken.close()
    assert ticker.running
    sound.close()
    assert not ticker.running
    assert Ticker.shared() is ticker


async def received(stream: Stream, count: int) -> None:
    async with asyncio.timeout(2):
        while stream.received < count:  # noqa: ASYNC110  # sockets are read by the ticker
            await asyncio.sleep(0.005)
