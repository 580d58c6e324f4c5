"""The codec of AudioSocket: whole frames out of any pieces, and nothing out of garbage."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.audio_socket import (
    FAULT,
    FRAME_BYTES,
    HANG_UP,
    IDENTITY,
    KEY,
    PAYLOAD_BYTES,
    SOUND,
    BadPeer,
    Decoder,
    HungUp,
    Identity,
    Key,
    Sound,
    encode,
)

NAME = uuid.UUID("01a3185c-5000-7031-b233-343536373839")
HELLO = encode(IDENTITY, NAME.bytes)
SAMPLES = bytes(range(160)) * 2
CALL = HELLO + encode(SOUND, SAMPLES) + encode(KEY, b"5") + encode(SOUND, SAMPLES) + encode(HANG_UP)
FRAMES = [Identity(str(NAME)), Sound(SAMPLES), Key("5"), Sound(SAMPLES), HungUp()]


def test_a_call_is_read_as_it_was_sent() -> None:
    assert Decoder().feed(CALL) == FRAMES


@given(st.lists(st.integers(1, len(CALL)), max_size=30))
def test_pieces_of_any_length_make_the_same_frames(cuts: list[int]) -> None:
    decoder, at, frames = Decoder(), 0, []
    for cut in sorted({*cuts, len(CALL)}):
        frames += decoder.feed(CALL[at:cut])
        at = cut
    assert frames == FRAMES


def test_a_frame_has_its_kind_and_its_length_before_it() -> None:
    assert encode(SOUND, bytes(FRAME_BYTES))[:3] == b"\x10\x01\x40"
    assert encode(HANG_UP) == b"\x00\x00\x00"


def test_asterisk_says_that_something_went_wrong() -> None:
    assert Decoder().feed(HELLO + encode(FAULT, b"\x01"))[1:] == [HungUp(fault=True)]


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        encode(SOUND, SAMPLES),
        encode(KEY, b"1"),
        encode(IDENTITY, b"short"),
        HELLO + HELLO,
        HELLO + encode(0x42, b"what"),
        HELLO + encode(KEY, b"Z"),
        HELLO + encode(KEY, b""),
        HELLO + encode(KEY, "é".encode()),
        HELLO + encode(SOUND, b"odd"),
        HELLO + b"\x10\xff\xff",
        b"\x01\xff\xff",
    ],
)
def test_whoever_says_anything_else_is_refused_and_not_repeated(sent: bytes) -> None:
    with pytest.raises(BadPeer) as told:
        Decoder().feed(sent)
    assert "GET" not in str(told.value)
    assert "what" not in str(told.value)


def test_a_length_that_is_announced_is_refused_before_it_is_waited_for() -> None:
    decoder = Decoder()
    decoder.feed(HELLO)
    with pytest.raises(BadPeer):
        decoder.feed(b"\x10" + (PAYLOAD_BYTES + 1).to_bytes(2, "big"))


@given(st.binary(max_size=600))
def test_noise_on_the_wire_gives_frames_or_is_refused(noise: bytes) -> None:
    decoder = Decoder()
    try:
        frames = decoder.feed(noise)
    except BadPeer:
        return
    assert all(isinstance(frame, Identity | Sound | Key | HungUp) for frame in frames)
