"""When somebody has ended: on sound and partial results made by hand, frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from speech.endpoint import SILENT_DB, Endpointer, Rules, Verdict, Voice, level_db
from speech.pauses import OPEN_WORDS

ROOM, VOICE, SHOUT = -65.0, -20.0, -3.0
RULES = Rules(silence_ms=3_000, longest_ms=20_000, open_words=frozenset(("de", "bonjour")))


class Hour:
    """A caller before an endpointer, on a clock of 20 ms; `verdict` and when it fell."""

    def __init__(self, rules: Rules = RULES, asked: bool = True) -> None:
        self.endpointer = Endpointer(rules)
        self.now_ms = 1_000
        self.verdict: Verdict | None = None
        self.at_ms = 0
        self.text = ""
        if asked:
            self.endpointer.asked(self.now_ms)

    def hears(self, ms: int, level: float | None, words: str | None = None) -> Hour:
        """So long a sound at that level; None: no sound comes at all.  The words are there from its end on."""
        for _ in range(ms // 20):
            self.now_ms += 20
            if level is not None:
                self.endpointer.sound(self.now_ms, level)
            if self.now_ms % 100 == 0 and level is not None:
                self.endpointer.words(self.now_ms, self.text)
            self._look()
        if words is not None:
            self.text = words
            self.endpointer.words(self.now_ms, words)
            self._look()
        return self

    def says(self, words: str, level: float = VOICE) -> Hour:
        """Word by word, a quarter of a second each."""
        before = self.text
        for count in range(1, len(words.split()) + 1):
            self.hears(40, level - 25)  # between two words the voice is away
            self.hears(220, level, " ".join([before, *words.split()[:count]]).strip())
        return self

    def _look(self) -> None:
        if self.verdict is None:
            self.verdict = self.endpointer.verdict(self.now_ms)
            self.at_ms = self.now_ms


def test_half_a_second_of_quiet_ends_what_may_be_whole() -> None:
    hour = Hour().hears(400, ROOM).says("je veux parler à quelqu'un")
    ended_ms = hour.now_ms
    hour.hears(2_000, ROOM)
    assert hour.verdict == "said"
    assert 400 <= hour.at_ms - ended_ms <= 520


def test_a_sentence_that_is_open_is_given_longer_and_goes_on() -> None:
    hour = Hour().says("j'ai un problème de").hears(1_100, ROOM)
    assert hour.verdict is None
    hour.says("logement").hears(600, ROOM)
    assert hour.verdict == "said"


def test_whoever_greets_and_waits_is_not_cut_off() -> None:
    hour = Hour().says("bonjour").hears(1_000, ROOM)
    assert hour.verdict is None
    hour.hears(600, ROOM)
    assert hour.verdict == "said"


def test_nobody_speaks() -> None:
    hour = Hour().hears(5_000, ROOM)
    assert (hour.verdict, hour.at_ms) == ("silence", 4_000)


def test_silence_counts_where_no_sound_comes_at_all() -> None:
    hour = Hour().hears(5_000, None)
    assert (hour.verdict, hour.at_ms) == ("silence", 4_000)


def test_nothing_counts_while_we_speak() -> None:
    hour = Hour(asked=False).hears(30_000, ROOM)
    assert hour.verdict is None
    assert not hour.endpointer.speaks
    hour.endpointer.asked(hour.now_ms)
    hour.hears(3_000, ROOM)
    assert hour.verdict == "silence"


def test_a_voice_is_noticed_within_a_sixth_of_a_second_and_a_click_is_none() -> None:
    hour = Hour(asked=False).hears(1_000, ROOM).hears(60, SHOUT).hears(1_000, ROOM)
    assert not hour.endpointer.speaks
    hour.hears(140, VOICE)
    assert hour.endpointer.speaks


def test_our_own_words_coming_back_are_no_voice() -> None:
    hour = Hour(asked=False).hears(3_000, -42.0)
    assert not hour.endpointer.speaks


def test_sound_without_a_word_is_no_speech() -> None:
    hour = Hour().hears(9_000, SHOUT)
    assert hour.verdict == "nothing"
    assert hour.at_ms <= 7_000


def test_sound_that_is_not_known_as_words_is_no_speech() -> None:
    hour = Hour().hears(600, VOICE, "[unk]").hears(4_000, ROOM)
    assert hour.verdict == "nothing"


def test_a_street_is_told_from_the_voice_above_it() -> None:
    hour = Hour().hears(2_000, -52.0).says("je veux un conseiller", -25.0)
    ended_ms = hour.now_ms
    hour.hears(2_000, -52.0)
    assert hour.verdict == "said"
    assert hour.at_ms - ended_ms <= 520


def test_noise_that_never_ends_does_not_keep_what_was_said() -> None:
    hour = Hour().says("je veux un conseiller").hears(4_000, VOICE)
    assert hour.verdict == "said"
    assert hour.now_ms - hour.at_ms >= 1_000


def test_somebody_who_never_ends_is_ended() -> None:
    hour = Hour()
    for _ in range(12):
        hour.says("et puis encore une autre chose de plus")
    assert hour.verdict == "said"
    assert 20_000 <= hour.at_ms - 1_000 <= 21_500


def test_a_whisper_is_ended_by_its_words() -> None:
    hour = Hour().says("aidez moi", -55.0).hears(400, -70.0)
    assert hour.verdict is None
    hour.hears(400, -70.0)
    assert hour.verdict == "said"


def test_quiet_is_no_end_before_what_was_said_is_recognised() -> None:
    hour = Hour().says("je veux")
    for _ in range(50):
        hour.now_ms += 20
        hour.endpointer.sound(hour.now_ms, VOICE)
    spoke_to_ms = hour.now_ms
    for _ in range(30):
        hour.now_ms += 20
        hour.endpointer.sound(hour.now_ms, ROOM)
        assert hour.endpointer.verdict(hour.now_ms) is None
    hour.endpointer.words(spoke_to_ms, "je veux un conseiller")
    assert hour.endpointer.verdict(hour.now_ms) == "said"


@pytest.mark.parametrize(
    ("last", "ends"), [("rsa", True), ("pas", True), ("plus", True), ("bonjour", False), ("de", False), ("euh", False)]
)
def test_french_sentences_end_where_french_people_end_them(last: str, ends: bool) -> None:
    assert (last not in OPEN_WORDS["fr"]) == ends


def test_a_pause_after_words_is_noticed_before_it_is_the_end() -> None:
    hour = Hour().says("je veux mourir")
    assert hour.endpointer.hesitates(hour.now_ms) == ""
    hour.hears(320, ROOM)
    assert hour.endpointer.hesitates(hour.now_ms) == "je veux mourir"
    assert hour.verdict is None


def test_where_the_voice_was_told_from_the_room_words_that_came_late_delay_nothing() -> None:
    hour = Hour()
    for _ in range(50):
        hour.now_ms += 20
        hour.endpointer.sound(hour.now_ms, VOICE)
    for _ in range(10):
        hour.now_ms += 20
        hour.endpointer.sound(hour.now_ms, ROOM)
    hour.endpointer.words(hour.now_ms, "je veux mourir")
    hour.now_ms += 100
    hour.endpointer.sound(hour.now_ms, ROOM)
    assert hour.endpointer.hesitates(hour.now_ms) == ""  # they have not stood yet
    hour.endpointer.words(hour.now_ms, "je veux mourir")
    assert hour.endpointer.hesitates(hour.now_ms) == "je veux mourir"


def test_the_word_after_the_stable_ones_tells_that_they_are_over() -> None:
    endpointer = Endpointer(RULES)
    endpointer.words(0, "je veux")
    assert endpointer.settled == ()
    endpointer.words(100, "je veux mourir")
    assert endpointer.settled == ("je", "veux", "mourir")
    endpointer.words(200, "je veux mourir de rire")
    assert endpointer.stable == ("je", "veux", "mourir")
    assert endpointer.settled == ("je", "veux", "mourir", "de")


def test_words_are_stable_once_they_stood_twice() -> None:
    endpointer = Endpointer(RULES)
    seen = []
    for partial in ("je", "je veux", "je vais un", "je vais au secours", "je vais au secours"):
        endpointer.words(0, partial)
        seen.append(" ".join(endpointer.stable))
    assert seen == ["", "je", "je", "je vais", "je vais au secours"]


@pytest.mark.parametrize(("amplitude", "db"), [(32_767, 0.0), (3_277, -20.0), (0, SILENT_DB)])
def test_a_level_is_told_in_decibels(amplitude: int, db: float) -> None:
    square = np.array([amplitude, -amplitude] * 80, dtype=np.int16)
    assert level_db(square) == pytest.approx(db, abs=0.05)
    assert level_db(square[:0]) == SILENT_DB


def test_the_room_gets_louder_slowly_and_quieter_at_once() -> None:
    voice = Voice()
    assert any(voice.hear(-30.0, 20, over_us=False) for _ in range(50))
    for _ in range(1_000):
        voice.hear(-30.0, 20, over_us=False)
    assert not voice.hear(-30.0, 20, over_us=False)
    voice.hear(-70.0, 20, over_us=False)
    assert any(voice.hear(-30.0, 20, over_us=False) for _ in range(10))
