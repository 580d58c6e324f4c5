"""RIFF/WAVE files as samples: PCM of 8 to 32 bits, floats, A-law and µ-law, any number of channels up to eight.

Written by hand because what we read comes from anywhere: a synthesiser that streams and does not know the size, a
recorder that pads, a file cut in two.  A file says what is wrong with it, or gives finite samples.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from core.errors import AlloError
from speech.sound import RATES, Samples, from_alaw

# Ten minutes of studio stereo would be 60 MB; a prompt is under two minutes.
SECONDS_MOST: Final = 180
CHANNELS_MOST: Final = 8

_PCM: Final = 1
_FLOAT: Final = 3
_ALAW: Final = 6
_MULAW: Final = 7
_EXTENSIBLE: Final = 0xFFFE


class BadAudio(AlloError):
    """The file holds no usable sound; the message says why, in French, for whoever recorded it."""


class Wav(msgspec.Struct, frozen=True):
    """`samples` (n, channels), full scale ±1.0, at `rate` Hz, of `bits` each."""

    samples: Samples
    rate: int
    bits: int


def read_wav(content: bytes) -> tuple[Samples, int]:
    """Mono samples and their rate in Hz; several channels are averaged.  Raises BadAudio."""
    wav = read_channels(content)
    return wav.samples.mean(axis=1).astype(np.float32), wav.rate


def read_channels(content: bytes) -> Wav:
    """Everything that the file holds, channel by channel.  Raises BadAudio."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise BadAudio("n'est pas un fichier WAV, enregistrez-le en WAV (PCM)")
    form, data = _chunks(content)
    coding, channels, rate, bits = _format(form)
    width = bits // 8 * channels
    samples = _decode(data[: len(data) // width * width], coding, bits)
    if samples.size == 0:
        raise BadAudio("ne contient aucun son")
    if samples.size > SECONDS_MOST * rate * channels:
        raise BadAudio(f"dure plus de {SECONDS_MOST} secondes, découpez-le")
    if not np.isfinite(samples).all():
        raise BadAudio("contient des valeurs qui ne sont pas des nombres, exportez-le de nouveau en PCM 16 bits")
    return Wav(samples.reshape(-1, channels), rate, bits)


def _chunks(content: bytes) -> tuple[bytes, bytes]:
    """The chunks `fmt ` and `data`; a size beyond the end of the file means "up to the end"."""
    form: bytes | None = None
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], struct.unpack_from("<I", content, at + 4)[0]
        body = content[at + 8 : at + 8 + size]
        if name == b"fmt ":
            form = body
        elif name == b"data":
            if form is None:
                raise BadAudio("WAV abîmé (données avant leur format), exportez-le de nouveau")
            return form, body
        at += 8 + size + size % 2
    raise BadAudio("WAV abîmé ou coupé, exportez-le de nouveau")


def _format(form: bytes) -> tuple[int, int, int, int]:
    if len(form) < 16:
        raise BadAudio("WAV abîmé (format trop court), exportez-le de nouveau")
    coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if coding == _EXTENSIBLE and len(form) >= 26:
        coding = struct.unpack_from("<H", form, 24)[0]
    allowed = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64), _ALAW: (8,), _MULAW: (8,)}
    if bits not in allowed.get(coding, ()):
        raise BadAudio(f"codage WAV {coding} sur {bits} bits inconnu, exportez-le en PCM 16 bits")
    if not 1 <= channels <= CHANNELS_MOST:
        raise BadAudio(f"{channels} voies, une ou deux sont attendues")
    if rate not in RATES:
        raise BadAudio(f"fréquence de {rate} Hz, attendu : {', '.join(str(known) for known in RATES)}")
    return coding, channels, rate, bits


def _decode(data: bytes, coding: int, bits: int) -> Samples:
    if coding == _ALAW:
        return from_alaw(data)
    if coding == _MULAW:
        return _from_mulaw(data)
    if coding == _FLOAT:
        return np.frombuffer(data, dtype="<f4" if bits == 32 else "<f8").astype(np.float32)
    if bits == 8:
        return (np.frombuffer(data, dtype=np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    if bits == 24:
        thirds = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        wide = np.zeros((thirds.shape[0], 4), dtype=np.uint8)
        wide[:, 1:] = thirds
        return wide.reshape(-1).view("<i4").astype(np.float32) / np.float32(2**31)
    return np.frombuffer(data, dtype=f"<i{bits // 8}").astype(np.float32) / np.float32(2 ** (bits - 1))


def _from_mulaw(data: bytes) -> Samples:
    codes: npt.NDArray[np.int32] = ~np.frombuffer(data, dtype=np.uint8).astype(np.int32) & 0xFF
    value = ((((codes & 0x0F) << 3) + 0x84) << ((codes >> 4) & 0x07)) - 0x84
    return (np.where(codes & 0x80, -value, value) / 32_768).astype(np.float32)


def write_wav(samples: Samples, rate: int) -> bytes:
    """Mono, PCM of 16 bits; what is beyond full scale is clipped."""
    data = np.clip(np.rint(samples.astype(np.float64) * 32_768), -32_768, 32_767).astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", _PCM, 1, rate, 2 * rate, 2, 16)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
