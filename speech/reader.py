"""A process that understands what people write: one line in, one line out, in order; it learns at its start.

Beside the centre, for reading costs milliseconds that belong to callers; one process is enough for a region's mail.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable

import msgspec

from core.errors import AlloError
from speech import between
from speech.meaning import Lessons, Taught
from speech.understand.nir import HIDDEN


def answers(lessons: Lessons, lines: Iterable[bytes]) -> Iterable[between.Read]:
    """What each line means.  Raises AlloError for lessons that nothing can be learnt from."""
    meaning = Taught(lessons)
    for line in lines:
        asked = between.write(line)
        # What stands for a hidden number was not written by them, and speaks of another topic than theirs.
        reading, why = meaning.understand(asked.words.replace(HIDDEN, ""), asked.language)
        yield between.Read(name=asked.name, reading=reading, why=why)


def main() -> int:
    """The whole life of the process; 0 when its input ends."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not get between our lines
    logging.basicConfig(level=logging.WARNING, format="%(name)s %(levelname)s %(message)s")
    lines = sys.stdin.buffer
    try:
        first = lines.readline()
        if not first:
            return 0
        setup = between.order(first)
        lessons = setup.lessons if isinstance(setup, between.Setup) else Lessons()
        for answer in answers(lessons, iter(lines.readline, b"")):
            out.write(between.line(answer))
    except (AlloError, msgspec.MsgspecError) as fault:
        logging.getLogger("allo.speech").error("%s", fault)
        return 1
    except BrokenPipeError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
