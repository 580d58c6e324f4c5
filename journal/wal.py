"""SQLite's write-ahead log, looked at without SQLite: is damage in it, or only the torn end of a crash?

SQLite reads the log up to the first frame whose check sum is wrong, and forgets the rest without a word.  After a crash
that is right.  But a bad frame that others of the same round follow was whole once: what it and they said was lost.
Format: https://www.sqlite.org/walformat.html
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_HEADER: Final = struct.Struct(">8I")
_FRAME: Final = struct.Struct(">6I")
_MAGIC: Final = 0x377F0682  # its last bit says that check sums count big-endian words
_MASK: Final = 0xFFFF_FFFF


class Wal(NamedTuple):
    """`pages` that whole transactions wrote, `page_size` in bytes, and whether transactions behind them are damaged."""

    pages: int
    page_size: int
    damaged: bool


class _Frame(NamedTuple):
    good: bool
    ends_transaction: bool


def read_wal(path: Path) -> Wal:
    """The log at `path`; none, or an empty one, holds no pages."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    if len(data) < _HEADER.size + _FRAME.size:
        return Wal(0, 4096, damaged=False)
    magic, _version, page_size, _round, *_salts, sum_1, sum_2 = _HEADER.unpack_from(data)
    if magic & ~1 != _MAGIC or _sums(data[:24], magic, 0, 0) != (sum_1, sum_2):
        return Wal(0, 4096, damaged=True)
    frames = list(_frames(data, magic, page_size))
    good = next((number for number, frame in enumerate(frames) if not frame.good), len(frames))
    ends = [number for number, frame in enumerate(frames) if frame.ends_transaction]
    pages = max((end + 1 for end in ends if end < good), default=0)
    return Wal(pages, page_size, damaged=len(frames) > good + 1 and any(end >= good for end in ends))


def _frames(data: bytes, magic: int, page_size: int) -> Iterator[_Frame]:
    """The frames of this round; those left from an earlier one carry other salts."""
    _magic, _version, _size, _round, salt_1, salt_2, sum_1, sum_2 = _HEADER.unpack_from(data)
    good = True
    for start in range(_HEADER.size, len(data) - _FRAME.size + 1, _FRAME.size + page_size):
        _page, pages_then, *salts, told_1, told_2 = _FRAME.unpack_from(data, start)
        if salts != [salt_1, salt_2]:
            # A frame without our salts ends the round, unless damage took them and the round goes on behind it.
            good = False
            continue
        body = start + _FRAME.size
        if good:
            sum_1, sum_2 = _sums(data[start : start + 8], magic, sum_1, sum_2)
            sum_1, sum_2 = _sums(data[body : body + page_size], magic, sum_1, sum_2)
            good = (sum_1, sum_2) == (told_1, told_2)
        yield _Frame(good, pages_then != 0)


def _sums(data: bytes, magic: int, sum_1: int, sum_2: int) -> tuple[int, int]:
    """The running check sums over `data`, whose length is a multiple of eight but in a torn frame."""
    words = array("I", data[: len(data) & ~7])
    if (sys.byteorder == "big") != bool(magic & 1):
        words.byteswap()
    for even, odd in zip(words[::2], words[1::2], strict=True):
        sum_1 = (sum_1 + even + sum_2) & _MASK
        sum_2 = (sum_2 + odd + sum_1) & _MASK
    return sum_1, sum_2
