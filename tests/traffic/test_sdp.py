"""What two telephones agree about sound."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traffic.errors import BadMessage
from traffic.sdp import Media, build_sdp, parse_sdp

medias = st.builds(
    Media,
    host=st.sampled_from(["127.0.0.1", "127.0.0.9", "::1"]),
    port=st.integers(1, 65535),
    direction=st.sampled_from(["sendrecv", "sendonly", "recvonly", "inactive"]),
    alaw=st.just(True),
    keys=st.none() | st.integers(96, 127),
)


@given(medias)
def test_what_is_offered_is_read_back(media: Media) -> None:
    assert parse_sdp(build_sdp(media, 1, 0)) == media


def test_an_offer_on_hold_is_answered_by_its_mirror() -> None:
    offer = Media("127.0.0.9", 30000, "sendonly", keys=96)
    assert offer.answer("127.0.0.1", 4000) == Media("127.0.0.1", 4000, "recvonly", keys=96)


def test_an_address_of_zeros_is_a_hold() -> None:
    sdp = b"v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 8\r\n"
    assert parse_sdp(sdp).direction == "inactive"


def test_video_comes_first_and_ulaw_only() -> None:
    sdp = b"v=0\nc=IN IP4 127.0.0.1\na=sendonly\nm=video 9 RTP/AVP 96\nm=audio 4000 RTP/AVP 0 13\n"
    media = parse_sdp(sdp)
    assert (media.port, media.alaw, media.keys, media.direction) == (4000, False, None, "sendonly")


@pytest.mark.parametrize(
    "sdp",
    [
        b"",
        b"v=0\r\nm=video 1 RTP/AVP 96\r\n",
        b"v=0\r\nm=audio 4000 RTP/AVP 8\r\n",
        b"c=IN IP4 a.host\r\nm=audio 4000 RTP/AVP 8\r\n",
    ],
)
def test_no_usable_audio_is_refused(sdp: bytes) -> None:
    with pytest.raises(BadMessage, match="SDP"):
        parse_sdp(sdp)


@given(st.binary(max_size=200))
def test_any_bytes_are_media_or_a_named_refusal(data: bytes) -> None:
    with contextlib.suppress(BadMessage):
        parse_sdp(b"m=audio " + data)
