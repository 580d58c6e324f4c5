"""WAV files made by hand, right ones and wrong ones."""

from __future__ import annotations

import struct

import numpy as np

from speech.sound import Samples


def wav(
    data: bytes, *, coding: int = 1, channels: int = 1, rate: int = 8_000, bits: int = 16, before: bytes = b""
) -> bytes:
    width = channels * bits // 8
    form = struct.pack("<HHIIHH", coding, channels, rate, rate * width, width, bits)
    chunks = before + b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def pcm(samples: Samples, bits: int) -> bytes:
    scaled = np.rint(samples.astype(np.float64) * (2 ** (bits - 1) - 1)).astype("<i8")
    if bits == 8:
        return bytes((scaled + 128).astype(np.uint8))
    return b"".join(int(value).to_bytes(bits // 8, "little", signed=True) for value in scaled)
