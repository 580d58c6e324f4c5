"""The far end of an encrypted call's sound: SRTP as RFC 3711 has it, with keys from the SDP (RFC 4568).

Written from the standards and not from Asterisk, so that what both understand is what an operator would; `wire` has the
packets as anybody between the two would see them.  AES_CM_128_HMAC_SHA1_80, less than 65,536 packets: no roll-over.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import os
import re
import struct
from itertools import count
from typing import cast

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from traffic.sound import Samples, decode_alaw, tone_frames

SUITE = "AES_CM_128_HMAC_SHA1_80"
KEY_BYTES, SALT_BYTES, TAG_BYTES = 16, 14, 10
FRAME_S = 0.02
_HEADER = struct.Struct(">BBHII")
_OFFERED = re.compile(rf"^a=crypto:\d+ {SUITE} inline:([A-Za-z0-9+/=]+)", re.MULTILINE)
_SOUND = re.compile(r"^m=audio (\d+) RTP/SAVP ", re.MULTILINE)


class Keys:
    """What one master key gives for one direction."""

    def __init__(self, inline: str) -> None:
        told = base64.b64decode(inline)
        self._master, salt = told[:KEY_BYTES], told[KEY_BYTES:]
        assert len(salt) == SALT_BYTES
        self._master_salt = int.from_bytes(salt, "big")
        self._cipher = self._derived(0, KEY_BYTES)
        self._auth = self._derived(1, 20)
        self._salt = int.from_bytes(self._derived(2, SALT_BYTES), "big")

    def _derived(self, label: int, length: int) -> bytes:
        return _keystream(self._master, (self._master_salt ^ label << 48) << 16, length)

    def turn(self, ssrc: int, seq: int, payload: bytes) -> bytes:
        """Encrypts what is plain, and the other way round."""
        start = self._salt << 16 ^ ssrc << 64 ^ seq << 16
        stream = _keystream(self._cipher, start, len(payload))
        return bytes(one ^ other for one, other in zip(payload, stream, strict=True))

    def tag(self, packet: bytes) -> bytes:
        return hmac.new(self._auth, packet + bytes(4), hashlib.sha1).digest()[:TAG_BYTES]


def _keystream(key: bytes, start: int, length: int) -> bytes:
    counter = modes.CTR((start % (1 << 128)).to_bytes(16, "big"))
    return Cipher(algorithms.AES(key), counter).encryptor().update(bytes(length))


class FarEnd(asyncio.DatagramProtocol):
    """Sends a tone once it knows where to; keeps what comes, as it came (`wire`) and deciphered (`heard`)."""

    def __init__(self) -> None:
        self.inline = base64.b64encode(os.urandom(KEY_BYTES + SALT_BYTES)).decode()
        self.wire: list[bytes] = []
        self._frames: list[bytes] = []
        self._theirs: Keys | None = None
        self._transport: asyncio.DatagramTransport

    @classmethod
    async def open(cls, host: str) -> FarEnd:
        made = await asyncio.get_running_loop().create_datagram_endpoint(cls, local_addr=(host, 0))
        return made[1]

    @property
    def port(self) -> int:
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, _addr: object) -> None:
        if self._theirs is None or len(data) < _HEADER.size + TAG_BYTES or data[1] & 0x7F != 8:
            return  # RTCP, or a key
        packet, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
        assert hmac.compare_digest(self._theirs.tag(packet), tag), "a packet that its sender did not sign"
        self.wire.append(data)
        _, _, seq, _, ssrc = _HEADER.unpack_from(packet)
        self._frames.append(self._theirs.turn(ssrc, seq, packet[_HEADER.size :]))

    def heard(self) -> Samples:
        """The last half second, deciphered."""
        return decode_alaw(b"".join(self._frames[-25:]))

    def seen_on_the_wire(self) -> Samples:
        """What the same packets sound like to somebody without the key."""
        return decode_alaw(b"".join(data[_HEADER.size : -TAG_BYTES] for data in self.wire[-25:]))

    async def speak(self, hz: int, host: str, messages: str) -> None:
        """Sends a tone to where the other end's answer, the last of SIPp's `messages`, says; until cancelled."""
        port, self._theirs = int(_SOUND.findall(messages)[-1]), Keys(_OFFERED.findall(messages)[-1])
        ours, ssrc = Keys(self.inline), int.from_bytes(os.urandom(4), "big")
        with contextlib.suppress(asyncio.CancelledError):
            for seq, frame in zip(count(1), tone_frames(hz), strict=False):
                packet = _HEADER.pack(0x80, 8, seq, 160 * seq, ssrc) + ours.turn(ssrc, seq, frame)
                self._transport.sendto(packet + ours.tag(packet), (host, port))
                await asyncio.sleep(FRAME_S)  # the pace of a telephone

    def close(self) -> None:
        self._transport.close()


def evenness(samples: Samples) -> float:
    """How much a sound is like noise: 1 if every frequency is as strong, 0 for one tone."""
    power = np.abs(np.fft.rfft(samples.astype(np.float64))) ** 2 + 1e-9
    return float(np.exp(np.mean(np.log(power))) / np.mean(power))
