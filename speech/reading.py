"""What people write is read by a process of its own (speech/reader.py), started when the first writing comes.

One that dies, or says nothing in time, fails what it was asked: people read it without, and the next starts it anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Final

import msgspec

from core.commands import UnderstandWriting
from core.events import WritingUnderstood
from core.events.speech import Understanding
from core.personal import Personal
from speech import between
from speech.meaning import UNTAUGHT, Lessons
from speech.speak import SpeechFault

ROOT: Final = Path(__file__).parents[1]
CAUSE: Final = "speech"
LINE_BYTES: Final = 1 << 20
# The very first writing waits while it learns: 17 s of one core, more on a busy machine; what is learnt is kept.
ANSWER_S: Final = 100.0
STOP_S: Final = 3.0


class Reading:
    """Understands writings after `lessons`, one after the other."""

    def __init__(self, lessons: Lessons = UNTAUGHT) -> None:
        self._lessons = lessons
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def understand(self, command: UnderstandWriting) -> WritingUnderstood:
        """Raises SpeechFault where nobody can read now."""
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWER_S):
                    return _told(command, await self._asked(command))
            except (TimeoutError, OSError, ValueError, msgspec.MsgspecError) as error:
                await self._end()
                raise SpeechFault(f"l'écrit n'a pas été compris ({type(error).__name__})", retryable=True) from None
            except asyncio.CancelledError:
                await self._end()
                raise

    async def stop(self) -> None:
        await self._end()

    async def _asked(self, command: UnderstandWriting) -> between.Read:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        words = command.text.text or ""
        order = between.Write(name=command.interaction, language=command.language, words=words)
        process.stdin.write(between.line(order))
        await process.stdin.drain()
        told = between.read(await process.stdout.readline())
        if told.name != command.interaction:
            raise ValueError
        return told

    async def _started(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "speech.reader"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_BYTES,
            start_new_session=True,  # what is sent to the centre's group is for the centre, which then ends us
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        )
        assert process.stdin is not None
        setup = between.Setup(models={}, host="", port=0, most=0, pause_ms=0, open_pause_ms=0, lessons=self._lessons)
        process.stdin.write(between.line(setup))
        return process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await process.wait()


def _told(command: UnderstandWriting, told: between.Read) -> WritingUnderstood:
    """Details belong to whoever wrote."""
    details = tuple(
        msgspec.structs.replace(
            one,
            value=Personal(command.interaction, "words", one.value.text),
            said=Personal(command.interaction, "words", one.said.text),
        )
        for one in told.reading.details
    )
    reading: Understanding = msgspec.structs.replace(told.reading, details=details)
    why = Personal(command.interaction, "words", ", ".join(told.why)) if told.why else None
    return WritingUnderstood(cause=CAUSE, interaction=command.interaction, reading=reading, why=why)
