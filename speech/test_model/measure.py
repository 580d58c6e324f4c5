"""The word error rate of a model on voices and sentences that it was never trained on, heard over a telephone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import vosk

from speech.sound import RATE
from speech.test_model.corpus import read_corpus
from speech.test_model.examples import HELD_OUT, PLAIN, Asked, asked, spoken_over_telephone

SENTENCES: Final = Path(__file__).with_name("held_out.txt")
# Each sentence is said so often, each time by another voice.
TIMES: Final = 6
_CHUNK: Final = RATE // 10 * 2  # bytes of 100 ms
_VOICES, _UNSEEN = 41, 31_337

_README: Final = """\
# Modèle d'essai

Un petit modèle français au format de Vosk, fait par `speech/test_model` avec des voix de synthèse (espeak-ng).
Il sert aux tests et à la démonstration sans réseau. **Il ne reconnaît que des voix de synthèse** : un centre qui répond
à des personnes installe un vrai modèle, `./allo speech fetch`.

Refaire et mesurer : `./allo speech build-test-model --force`. Licence : EUPL-1.2, comme le reste d'Allo.

Mots faux (changés, ajoutés ou omis, rapportés aux mots dits), après un canal téléphonique à 8 kHz, loi A :

{table}

Les phrases sont dans `held_out.txt`, ou tirées des mêmes motifs que l'apprentissage ; aucune n'en fait partie. Les voix
« jamais entendues » non plus.
"""


@dataclass(frozen=True)
class Measured:
    """`what` was said, in `words`, of which so many had to be changed, added or taken out."""

    what: str
    sentences: int
    words: int
    errors: int
    wrong: tuple[tuple[str, str], ...]

    @property
    def error_rate(self) -> float:
        return self.errors / self.words


def measure(directory: Path, times: int = TIMES) -> list[Measured]:
    """Hand-written sentences by voices never heard, in a quiet and in a noisy place; sentences of the patterns too."""
    vosk.SetLogLevel(-1)
    model = vosk.Model(str(directory))
    written = held_out()
    drawn = unseen(150)
    plain = (PLAIN, "f2", "m3")
    return [
        error_rate(
            "phrases écrites à part, voix jamais entendues", model, asked(written * times, HELD_OUT, _VOICES, 20)
        ),
        error_rate("les mêmes, dans le bruit", model, asked(written * times, HELD_OUT, _VOICES + 1, 12)),
        error_rate("les mêmes, voix ordinaires", model, asked(written * times, plain, _VOICES + 2, 25)),
        error_rate("phrases jamais entendues, voix jamais entendues", model, asked(drawn, HELD_OUT, _VOICES + 3, 20)),
    ]


def report(directory: Path) -> str:
    """Measures the model in `directory`, writes the figures into its README.md, and gives them as lines."""
    rows = [
        f"| {one.what} | {one.sentences} | {one.words} | {100 * one.error_rate:.1f} % |" for one in measure(directory)
    ]
    table = "\n".join(["| phrases et voix | phrases | mots | mots faux |", "|---|---|---|---|", *rows])
    (directory / "README.md").write_text(_README.format(table=table), encoding="utf-8")
    return table


def held_out() -> list[str]:
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def unseen(count: int) -> list[str]:
    """Sentences of the patterns, of four words or more, that are neither spoken nor counted in a build."""
    from speech.test_model.build import sentences_of_build

    corpus = read_corpus()
    seen = sentences_of_build(corpus)
    fresh = dict.fromkeys(one for one in corpus.sentences(20 * count, _UNSEEN) if len(one.split()) >= 4)
    return [one for one in fresh if one not in seen][:count]


def error_rate(what: str, model: vosk.Model, wanted: Sequence[Asked]) -> Measured:
    """What becomes of these sentences, each recognised by itself."""
    words = errors = 0
    wrong: dict[tuple[str, str], None] = {}
    for one in wanted:
        said = one.sentence.split()
        heard = recognised(model, spoken_over_telephone(one)[1].samples.tobytes()).split()
        count = distance(said, heard)
        words, errors = words + len(said), errors + count
        if count:
            wrong[one.sentence, " ".join(heard)] = None
    return Measured(what, len(wanted), words, errors, tuple(wrong))


def recognised(model: vosk.Model, sound: bytes, grammar: Sequence[str] = ()) -> str:
    """What is heard in 16-bit samples at 8 kHz, given in pieces as a call gives them."""
    chosen = (json.dumps([*grammar, "[unk]"], ensure_ascii=False),) if grammar else ()
    recogniser = vosk.KaldiRecognizer(model, RATE, *chosen)
    return " ".join(_texts(recogniser, sound)).strip()


def _texts(recogniser: vosk.KaldiRecognizer, sound: bytes) -> Iterator[str]:
    for start in range(0, len(sound), _CHUNK):
        if recogniser.AcceptWaveform(sound[start : start + _CHUNK]):
            yield json.loads(recogniser.Result())["text"]
    yield json.loads(recogniser.FinalResult())["text"]


def distance(wanted: Sequence[str], found: Iterable[str]) -> int:
    """How many words to change, add or take out (Levenshtein)."""
    row = list(range(len(wanted) + 1))
    for place, word in enumerate(found, 1):
        diagonal, row[0] = row[0], place
        for at, other in enumerate(wanted, 1):
            diagonal, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, diagonal + (word != other))
    return row[-1]
