"""When a caller has ended: from how loud they are, and which words were recognised so far.  Pure; time is passed.

A recogniser's own endpoint comes 0.8 s after the last word.  Ours comes after `pause_ms` of quiet, if what was said may
well be the whole of it, and later if it ends as nobody ends: with "de", "je voudrais", "bonjour".  Old people, and
those who look for their file, make pauses of a second within a sentence.

Quiet is what does not stand out from the room: in a street or beside a radio the voice is told from the noise below it;
where that fails, words that no longer come are the end.  Sound without a single word is no speech, however long.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Verdict = Literal["said", "silence", "nothing"]
"""`said`: there are words, and they are over; `silence`: nobody spoke; `nothing`: sound, of which no word was known."""

SILENT_DB: Final = -90.0
# Telephones send speech at about -19 dBFS, a whisper at -40; the noise of a line is below -60.
VOICE_LEAST_DB: Final = -48.0
VOICE_ABOVE_ROOM_DB: Final = 10.0
# What barges into our own words must be louder than these come back from a line with a bad hybrid.
BARGE_LEAST_DB: Final = -38.0
# The room gets louder slowly and quieter at once: syllables must not be taken for it.
ROOM_RISES_DB_PER_S: Final = 3.0
# A voice begins with so many loud frames of the last ones: a click or a knock has one or two.
BEGINS_FRAMES: Final = 5
OF_FRAMES: Final = 7
# So much voice, and it is told from the room well enough to go by its end; unless words still come so long after it.
TOLD_APART_MS: Final = 200
# Within a sentence people speak on sooner than that.
HESITATES_MS: Final = 250
# Words that came after their voice, as they do: where the voice was told from the room, its quiet counts from its own
# end, and the words need only to have stood for another chunk.
STOOD_MS: Final = 90
WORDS_LATE_MS: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`silence_ms` without a voice is silence; `longest_ms` from the first word on is the most that is heard.

    `pause_ms` of quiet ends an utterance, `open_pause_ms` one whose last word is in `open_words`; `still_ms` without
    another word ends one whose noise never ends; `wordless_ms` of voice without a word is no speech.
    """

    silence_ms: int
    longest_ms: int
    pause_ms: int = 500
    open_pause_ms: int = 1_300
    still_ms: int = 2_000
    wordless_ms: int = 5_000
    open_words: Collection[str] = field(default=frozenset())


def level_db(samples: npt.NDArray[np.int16]) -> float:
    """How loud a frame is, in dB below full scale."""
    if not samples.size:
        return SILENT_DB
    wide = samples.astype(np.float32)
    power = float(np.dot(wide, wide)) / samples.size
    return 10 * math.log10(power / 2**30) if power > 1 else SILENT_DB


class Voice:
    """Tells a voice from the room, frame by frame."""

    def __init__(self) -> None:
        self._room_db = -60.0
        self._loud: deque[bool] = deque(maxlen=OF_FRAMES)

    def hear(self, level: float, ms: int, *, over_us: bool) -> bool:
        """Takes a frame of `ms`; whether somebody speaks.  `over_us`: we speak ourselves."""
        least = max(BARGE_LEAST_DB if over_us else VOICE_LEAST_DB, self._room_db + VOICE_ABOVE_ROOM_DB)
        self._loud.append(level >= least)
        if level < self._room_db:
            self._room_db = level
        else:
            self._room_db = min(level, self._room_db + ROOM_RISES_DB_PER_S * ms / 1_000)
        return self._loud[-1] and sum(self._loud) >= BEGINS_FRAMES


class Endpointer:
    """One utterance.  Feed it `sound` and `words` as they come, ask `verdict` often; all times in ms on one clock."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._voice = Voice()
        self._asked_at_ms: int | None = None
        self._spoke_at_ms: int | None = None  # the last frame of voice
        self._voice_ms = 0
        self._words: list[str] = []
        self._stable: list[str] = []
        self._changed_at_ms = 0
        self._recognised_to_ms = 0
        self._began_at_ms: int | None = None

    @property
    def speaks(self) -> bool:
        """Whether the caller has begun: our own words stop."""
        return self._voice_ms > 0 or self._began_at_ms is not None

    @property
    def stable(self) -> tuple[str, ...]:
        """The words that stood in two partial results: they will not change any more, as far as one can know."""
        return tuple(self._stable)

    @property
    def settled(self) -> tuple[str, ...]:
        """The stable words, and the one that comes after them, which may still change: that they are over, it tells."""
        return tuple(self._words[: len(self._stable) + 1]) if self._stable else ()

    def hesitates(self, now_ms: int) -> str:
        """All words, where somebody has just made a pause after them and all is recognised; it need not be the end."""
        spoke_at_ms = self._spoke_at_ms or 0
        stood_ms = STOOD_MS if self._told_apart(spoke_at_ms) else HESITATES_MS
        paused = now_ms - spoke_at_ms >= HESITATES_MS and now_ms - self._changed_at_ms >= stood_ms
        heard_out = self._recognised_to_ms >= max(spoke_at_ms, self._changed_at_ms + STOOD_MS)
        return " ".join(self._words) if paused and heard_out else ""

    def asked(self, now_ms: int) -> None:
        """Our own words are over, or were cut: now the caller's silence counts."""
        if self._asked_at_ms is None:
            self._asked_at_ms = now_ms

    def sound(self, now_ms: int, level: float, ms: int = 20) -> None:
        """A frame that ended at `now_ms`."""
        if self._voice.hear(level, ms, over_us=self._asked_at_ms is None):
            self._spoke_at_ms = now_ms
            self._voice_ms += ms

    def words(self, now_ms: int, partial: str) -> None:
        """All words recognised in the sound up to `now_ms`; those not known (`[unk]`) count as voice alone."""
        found = [word for word in partial.split() if not word.startswith(("[", "<"))]
        self._recognised_to_ms = now_ms
        same = _common(self._words, found)
        if len(same) > len(self._stable) or self._stable != same[: len(self._stable)]:
            self._stable = same
        if found != self._words:
            self._words, self._changed_at_ms = found, now_ms
        if found and self._began_at_ms is None:
            self._began_at_ms = now_ms

    def verdict(self, now_ms: int) -> Verdict | None:
        """Whether it is over, and how."""
        if self._words:
            return "said" if self._is_said(now_ms) else None
        if self._voice_ms >= self._rules.wordless_ms:
            return "nothing"
        if self._asked_at_ms is None:
            return None
        since_ms = max(self._asked_at_ms, self._spoke_at_ms or 0)
        if now_ms - self._asked_at_ms >= self._rules.longest_ms:
            return "nothing"
        if now_ms - since_ms < self._rules.silence_ms:
            return None
        return "nothing" if self._voice_ms else "silence"

    def _is_said(self, now_ms: int) -> bool:
        """Over by quiet, by words that no longer come, or by length.

        Where the voice was never told from the room, as with whoever whispers, the last change of words stands for it.
        """
        rules = self._rules
        pause_ms = rules.open_pause_ms if self._words[-1] in rules.open_words else rules.pause_ms
        spoke_at_ms = self._spoke_at_ms or 0
        quiet_ms = now_ms - (spoke_at_ms if self._told_apart(spoke_at_ms) else self._changed_at_ms)
        if quiet_ms >= pause_ms and self._recognised_to_ms >= spoke_at_ms:
            return True
        still_ms = now_ms - self._changed_at_ms
        return still_ms >= max(rules.still_ms, pause_ms) or now_ms - (self._began_at_ms or 0) >= rules.longest_ms

    def _told_apart(self, spoke_at_ms: int) -> bool:
        """Whether the voice was told from the room: words do not come long after it."""
        return self._voice_ms >= TOLD_APART_MS and self._changed_at_ms - spoke_at_ms < WORDS_LATE_MS


def _common(before: list[str], now: list[str]) -> list[str]:
    """The words that both begin with."""
    count = 0
    for one, other in zip(before, now, strict=False):
        if one != other:
            break
        count += 1
    return now[:count]
