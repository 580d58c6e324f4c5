"""Vosk behind the port, each of its traps taken out of the way.

- `Model(lang=…)` goes online: a path is always given, and looked at before (speech/models.py).
- Sound at another rate than the model's raises at the first frame: it is doubled where the model wants 16 kHz.
- A grammar of `[]` ends the process, one without `[unk]` matches everything with confidence 1, `\\u00e9` in it makes
  words silently missing, and so do words that the model does not know; a model of one static graph ignores it.
- It takes `bytes` and nothing that is like them, and logs every model that it loads to standard error.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import vosk

from core.errors import AlloError
from speech.engines.port import Abilities, Heard
from speech.models import BadModel, read_model
from speech.sound import RATE, Doubler

UNKNOWN: Final = "[unk]"
# Beyond this an entry of a grammar is no answer to a question; the public model compiles 200 of them in 20 ms.
GRAMMAR_WORDS: Final = 200

vosk.SetLogLevel(-1)


class VoskEngine:
    """The model in `directory`.  Raises BadModel with the remedy."""

    def __init__(self, directory: Path) -> None:
        self._installed = read_model(directory)
        self._rate = self._installed.rate_hz
        if self._rate not in (RATE, 2 * RATE):
            raise BadModel(f"le modèle {directory} entend à {self._rate} Hz : 8000 ou 16000 sont attendus")
        try:
            self._model = vosk.Model(str(directory))
        except Exception as error:  # Vosk raises Exception itself, and says no more than that
            raise BadModel(f"Vosk ne peut pas charger {directory} : ./allo speech fetch le remet") from error
        self.abilities: Final = Abilities(
            languages=(self._installed.mark.language,),
            rate_hz=self._rate,
            grammar=self._installed.takes_grammar,
            partials=True,
            title=self._installed.title,
            trial=self._installed.mark.test,
        )

    def recogniser(self, only: Sequence[str] = ()) -> VoskRecogniser:
        known = [text for text in only[:GRAMMAR_WORDS] if text and not self._installed.unknown([text])]
        if known and self.abilities.grammar:
            grammar = json.dumps([*dict.fromkeys(known), UNKNOWN], ensure_ascii=False)
            return VoskRecogniser(vosk.KaldiRecognizer(self._model, self._rate, grammar), self._rate)
        return VoskRecogniser(vosk.KaldiRecognizer(self._model, self._rate), self._rate)


class VoskRecogniser:
    """One caller.  Vosk ends its own segments at pauses; their words are kept and stand before the next."""

    def __init__(self, recogniser: Any, rate: int) -> None:
        self._recogniser = recogniser
        self._recogniser.SetWords(True)
        self._doubler = Doubler() if rate != RATE else None
        self._words: list[str] = []
        self._sure: list[float] = []

    def hear(self, sound: bytes) -> str:
        if self._doubler is not None:
            sound = self._doubler.double(np.frombuffer(sound, dtype="<i2")).tobytes()
        if self._recogniser.AcceptWaveform(bytes(sound)):
            self._keep(self._recogniser.Result())
            return " ".join(self._words)
        partial = _read(self._recogniser.PartialResult()).get("partial", "")
        return " ".join([*self._words, *partial.split()])

    def end(self) -> Heard:
        self._keep(self._recogniser.FinalResult())
        confidence = sum(self._sure) / len(self._sure) if self._sure else 0.0
        return Heard(words=" ".join(self._words), confidence=round(confidence, 3))

    def _keep(self, result: str) -> None:
        for one in _read(result).get("result", ()):
            if not one["word"].startswith(("[", "<")):
                self._words.append(one["word"])
                self._sure.append(float(one["conf"]))


def _read(answer: str) -> dict[str, Any]:
    try:
        return cast(dict[str, Any], json.loads(answer))
    except json.JSONDecodeError as error:
        raise AlloError(f"Vosk a répondu autre chose que du JSON (colonne {error.colno})") from None
