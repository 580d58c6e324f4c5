"""What two telephones agree about sound (RFC 4566, RFC 3264): A-law and keys, nothing else.  Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from traffic.errors import BadMessage

ALAW = 8
"""Static payload type of PCMA, 8 kHz (RFC 3551)."""

KEYS = 101
"""Payload type under which we offer telephone-event; a peer may number it otherwise."""

_SEEN_FROM_THE_OTHER_SIDE = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}


@dataclass(frozen=True, slots=True)
class Media:
    """One side's audio: where it listens, which way sound flows (seen from that side).

    ``keys`` is the payload type for telephone-event, None if that side cannot take keys.
    """

    host: str
    port: int
    direction: str = "sendrecv"
    alaw: bool = True
    keys: int | None = KEYS

    def answer(self, host: str, port: int) -> Media:
        """Return our side as an answer to this offer: same payload types, mirrored direction."""
        return Media(host, port, _SEEN_FROM_THE_OTHER_SIDE[self.direction], self.alaw, self.keys)


def parse_sdp(body: bytes) -> Media:
    """Read the first audio stream.  Raises `BadMessage` when there is none."""
    text = body.decode("utf-8", "replace")
    session, *sections = re.split(r"(?m)^(?=m=)", text)
    audio = next((part for part in sections if part.startswith("m=audio ")), None)
    if audio is None:
        raise BadMessage("SDP has no audio")
    line = re.match(r"m=audio (\d{1,5})(?:/\d+)? \S+((?: \d{1,3})+)", audio)
    host = re.search(r"(?m)^c=IN IP[46] ([^\s/]+)", audio)
    host = host or re.search(r"(?m)^c=IN IP[46] ([^\s/]+)", session)
    if not line or not host:
        raise BadMessage(f"SDP audio lacks a port, formats or an address, was {audio[:60]!r}")
    try:
        address = ipaddress.ip_address(host[1])
    except ValueError:
        raise BadMessage(f"SDP address must be numeric, was {host[1]!r}") from None
    direction = re.search(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)\b", audio)
    direction = direction or re.search(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)\b", session)
    keys = re.search(r"(?mi)^a=rtpmap:(\d+) telephone-event/8000", audio)
    return Media(
        host=host[1],
        port=int(line[1]),
        # An address of zeros is how telephones before RFC 3264 put a call on hold.
        direction="inactive" if address.is_unspecified else direction[1] if direction else "sendrecv",
        alaw=str(ALAW) in line[2].split(),
        keys=int(keys[1]) if keys else None,
    )


def build_sdp(media: Media, session_id: int, version: int) -> bytes:
    """Write our side.  ``version`` grows with each new description of the same session."""
    formats = f"{ALAW}" if media.keys is None else f"{ALAW} {media.keys}"
    family = "IP6" if ":" in media.host else "IP4"
    lines = [
        "v=0",
        f"o=- {session_id} {version} IN {family} {media.host}",
        "s=-",
        f"c=IN {family} {media.host}",
        "t=0 0",
        f"m=audio {media.port} RTP/AVP {formats}",
        f"a=rtpmap:{ALAW} PCMA/8000",
        "a=ptime:20",
        f"a={media.direction}",
    ]
    if media.keys is not None:
        lines += [f"a=rtpmap:{media.keys} telephone-event/8000", f"a=fmtp:{media.keys} 0-16"]
    return ("\r\n".join(lines) + "\r\n").encode()
