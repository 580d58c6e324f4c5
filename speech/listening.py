"""One caller who is listened to: our words go out at the pace of speech, theirs come in, until somebody has ended.

Sound is recognised a tenth of a second at a time, in the worker's one thread for it, so that the loop which paces our
words is never held up.  While we speak, what comes in is only looked at for a voice: a line that gives our own words
back must not be taken for the caller.  Once they begin, what they said just before is recognised too.

The socket is closed before anything is told of the end: the call is back with Asterisk by then.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

import numpy as np

from core import limits
from speech import between
from speech.audio_socket import FRAME_BYTES, FRAME_MS, HANG_UP, SOUND, Frame, HungUp, Key, Sound, encode
from speech.endpoint import Endpointer, Rules, level_db
from speech.engines.port import Heard, Recogniser
from speech.meaning import Meaning
from speech.sound import from_alaw
from speech.understand.nir import masked

log = logging.getLogger("allo.speech")

# Recognised at once: a recogniser takes about as long for a fifth of that as for all of it.
CHUNK_BYTES: Final = 5 * FRAME_BYTES
# What was said before a voice was noticed: the first syllable, and a consonant before it.
KEPT_BEFORE_BYTES: Final = 30 * FRAME_BYTES
# Words told while somebody speaks: each is a fact that is kept, and nobody who looks on reads faster.
TOLD_EVERY_MS: Final = 700
TOLD_MOST: Final = 40
# An utterance of words that the engine itself does not believe: music, a crowd, another language.
SURE_LEAST: Final = 0.35

Tell = Callable[[between.Told], None]


class Listening:
    """What is heard as `order.listening`.  `tell` takes what comes of it; `done` is called once, at the end."""

    def __init__(
        self,
        order: between.Hear,
        recogniser: Recogniser,
        rules: Rules,
        meaning: Meaning,
        thread: Executor,
        tell: Tell,
        done: Callable[[Listening], None],
    ) -> None:
        self.order = order
        self._recogniser = recogniser
        self._endpointer = Endpointer(rules)
        self._meaning = meaning
        self._thread = thread
        self._tell = tell
        self._done = done
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._playing: asyncio.Task[None] | None = None
        self._recognising: asyncio.Task[None] | None = None
        self._looking: asyncio.TimerHandle | None = None
        self._began_s = 0.0
        self._sound_ms = 0
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._settled = ""
        self._told = ""
        self._told_times = 0
        self._told_at_ms = -TOLD_EVERY_MS
        self._looked_at = ""
        self._feared = 4
        self.busy_since_s: float | None = None
        self.over = False
        self._nobody = self._loop.call_later(limits.SOUND_COMES_MS / 1000, self.end, "failed")

    # -- the socket -----------------------------------------------------------------------------------------------

    @property
    def taken(self) -> bool:
        """Whether the sound is there already: nobody else may bring it."""
        return self._transport is not None

    def connect(self, transport: asyncio.Transport) -> None:
        """The sound is there: our words begin."""
        self._nobody.cancel()
        self._transport = transport
        self._began_s = self._loop.time()
        self._playing = self._loop.create_task(self._play(self.order.prompts))
        self._look_again()

    def take(self, frames: Sequence[Frame]) -> None:
        """What Asterisk sent."""
        for frame in frames:
            if self.over:
                return
            if isinstance(frame, Sound):
                self._take_sound(frame.samples)
            elif isinstance(frame, Key):
                self._stop_playing()  # what it means, the dialogue says
            elif isinstance(frame, HungUp):
                self.end("failed" if frame.fault else "closed")

    def _take_sound(self, samples: bytes) -> None:
        frame_ms = 1_000 * len(samples) // (50 * FRAME_BYTES)
        self._sound_ms += frame_ms
        if self._sound_ms > 1_000 * (self._loop.time() - self._began_s) + limits.SOUND_AHEAD_MS:
            log.error("du son arrive plus vite qu'une voix ne parle : la connexion est fermée")
            self.end("failed")
            return
        now_ms = self._now_ms()
        spoke = self._endpointer.speaks
        self._endpointer.sound(now_ms, level_db(np.frombuffer(samples, dtype="<i2")), frame_ms)
        self._waiting.append(samples)
        self._waiting_bytes += len(samples)
        if self._endpointer.speaks and not spoke:
            self._stop_playing()
        if self._playing is not None and not self._endpointer.speaks:
            while self._waiting_bytes > KEPT_BEFORE_BYTES:
                self._waiting_bytes -= len(self._waiting.popleft())
        elif self._waiting_bytes >= CHUNK_BYTES:
            self._recognise()
        self._look()

    # -- our words ------------------------------------------------------------------------------------------------

    async def _play(self, prompts: Sequence[str]) -> None:
        """Plays them, a frame every 20 ms and none sooner; a loop that was late does not catch up in a burst."""
        try:
            at_s = self._loop.time()
            for path in prompts:
                for frame in await asyncio.to_thread(frames_of, path):
                    at_s = max(at_s + FRAME_MS / 1_000, self._loop.time() - FRAME_MS / 1_000)
                    if self._transport is None or self._transport.get_write_buffer_size() > limits.SOUND_UNREAD_BYTES:
                        return
                    self._transport.write(encode(SOUND, frame))
                    await asyncio.sleep(at_s - self._loop.time())
        finally:
            self._playing = None
            self._endpointer.asked(self._now_ms())

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None
            self._endpointer.asked(self._now_ms())

    # -- theirs ---------------------------------------------------------------------------------------------------

    def _recognise(self) -> None:
        """Hands what waits to the thread, unless that is at work for us already."""
        if self._waiting_bytes > limits.SOUND_WAITING_BYTES:
            log.error("la reconnaissance ne suit plus : l'appelant passe aux touches")
            self.end("failed")
        elif self._recognising is None:
            sound = b"".join(self._waiting)
            self._waiting.clear()
            self._waiting_bytes = 0
            self._recognising = self._loop.create_task(self._recognised(sound, self._now_ms()))

    async def _recognised(self, sound: bytes, to_ms: int) -> None:
        self.busy_since_s = self._loop.time()
        try:
            partial = await self._loop.run_in_executor(self._thread, self._recogniser.hear, sound)
        except Exception as error:  # a recogniser's own bug costs its caller the question, and nobody else anything
            log.error("la reconnaissance a échoué (%s)", type(error).__name__)
            self.end("failed")
            return
        finally:
            self.busy_since_s = self._recognising = None
        if not self.over:
            self._endpointer.words(to_ms, partial)
            self._tell_stable()
            if self._waiting_bytes >= CHUNK_BYTES:
                self._recognise()
            self._look()

    def _tell_stable(self) -> None:
        """Words that stay are looked at for danger, with the next that only tells that they are over, and told."""
        settled = " ".join(self._endpointer.settled)
        if settled and settled != self._settled:
            self._settled = settled
            self._alarm(settled, unfinished=True)
        words = " ".join(self._endpointer.stable)
        if not words or words == self._told:
            return
        self._told = words
        now_ms = self._now_ms()
        if self._told_times < TOLD_MOST and now_ms - self._told_at_ms >= TOLD_EVERY_MS:
            self._told_times += 1
            self._told_at_ms = now_ms
            self._tell(between.Words(listening=self.order.listening, words=masked(words)))

    def _alarm(self, words: str, *, unfinished: bool) -> None:
        found = self._meaning.alarm(words, self.order.language, unfinished=unfinished)
        if found is not None and found.urgency < self._feared:
            self._feared = found.urgency
            self._tell(
                between.Danger(
                    listening=self.order.listening,
                    urgency=found.urgency,
                    danger=found.danger,
                    confidence=found.confidence,
                )
            )

    # -- the end --------------------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        """Time passes for a caller whose telephone sends nothing as well."""
        if not self.over:
            self._looking = self._loop.call_later(limits.HEARING_LOOK_MS / 1_000, self._look_again)
            self._look()

    def _look(self) -> None:
        verdict = self._endpointer.verdict(self._now_ms()) if not self.over else None
        if verdict == "said":
            self._close()
            self._loop.create_task(self._understand())
        elif verdict is not None:
            self.end("silence" if verdict == "silence" else "too_long")
        elif not self.over and (words := self._endpointer.hesitates(self._now_ms())) != self._looked_at:
            self._looked_at = words
            self._alarm(words, unfinished=False)

    async def _understand(self) -> None:
        """Hears what is left, and says what it all means."""
        if self._recognising is not None:
            await asyncio.wait([self._recognising])
        sound = b"".join(self._waiting)
        try:
            heard = await self._loop.run_in_executor(self._thread, self._finish, sound)
            words = masked(heard.words)  # a number of social security goes no further than this
            known = bool(words) and heard.confidence >= SURE_LEAST
            reading, why = (
                self._meaning.understand(words, self.order.language, self.order.asked) if known else (None, ())
            )
        except Exception as error:  # as above
            log.error("la compréhension a échoué (%s)", type(error).__name__)
            self._tell(between.Over(listening=self.order.listening, why="failed"))
        else:
            told: between.Told = between.Over(listening=self.order.listening, why="too_long")
            if reading is not None:
                told = between.Understood(listening=self.order.listening, words=words, reading=reading, why=why)
            self._tell(told)
        self._done(self)

    def _finish(self, sound: bytes) -> Heard:
        if sound:
            self._recogniser.hear(sound)
        return self._recogniser.end()

    def end(self, why: str) -> None:
        """It is over, and nothing was understood; with `why` "stopped" nothing is told."""
        if self.over:
            return
        self._close()
        if why != "stopped":
            self._tell(between.Over(listening=self.order.listening, why=why))
        self._done(self)

    def _close(self) -> None:
        """Gives the call back to Asterisk."""
        self.over = True
        self._nobody.cancel()
        if self._looking is not None:
            self._looking.cancel()
        self._stop_playing()
        transport, self._transport = self._transport, None
        if transport is not None:
            with contextlib.suppress(RuntimeError):
                transport.write(encode(HANG_UP))
            transport.close()

    def _now_ms(self) -> int:
        return int(self._loop.time() * 1_000)


def frames_of(path: str) -> list[bytes]:
    """The sound of a prompt (a path without its extension), by 20 ms; nothing if it is gone: words are left out."""
    try:
        content = Path(f"{path}.alaw").read_bytes()[: 8 * limits.PROMPT_LONGEST_MS]
    except OSError as error:
        log.warning("un message ne peut pas être dit (%s)", error.strerror)
        return []
    linear = (from_alaw(content) * 32_768).astype("<i2").tobytes()
    return [linear[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0") for at in range(0, len(linear), FRAME_BYTES)]
