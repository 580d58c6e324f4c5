"""The whole model: sentences spoken, a network trained on them, and the directory that Vosk reads."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from speech.models import Mark, write_mark
from speech.test_model import features, graph, kaldi
from speech.test_model.corpus import PHRASES, Corpus, read_corpus
from speech.test_model.examples import VARIANTS, Example, asked, examples
from speech.test_model.lexicon import Lexicon, lexicon
from speech.test_model.network import Size, Trained, train

BUILT: Final = Path(__file__).with_name("built")
"""The model that is kept with the sources."""

TITLE: Final = "modèle d'essai : ne reconnaît que des voix de synthèse"

# A change of how the model is made, other than in phrases.txt and the recipe, gets a new number: then `built` is old.
_VERSION: Final = 1

# Lots are drawn from these: sentences to be spoken, sentences whose pairs of words are counted, voices, the network.
_SPOKEN, _COUNTED, _VOICES, _NETWORK = 11, 77, 5, 3
_COUNTED_SENTENCES: Final = 20_000
# Sometimes nothing is said.
_NOTHING: Final = 400
# What makes the score of an unknown sound equal to that of an unsure word; found on held-out voices.
_NOISE_BONUS: Final = 1.5

_CONFIGURATION: Final = """\
--min-active=200
--max-active=3000
--beam=13.0
--lattice-beam=5.0
--acoustic-scale=1.0
--frame-subsampling-factor=3
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""


@dataclass(frozen=True)
class Recipe:
    """How much is spoken and learnt: the whole by default, less for a trial.

    Each word is also said `alone` so many times, so that each is known.
    """

    sentences: int = 7_000
    alone: int = 2
    size: Size = field(default_factory=Size)
    processes: int = 2


WHOLE: Final = Recipe()


def digest(recipe: Recipe = WHOLE) -> str:
    """What the model is made of, as a name: equal digests need no second build."""
    what = f"{_VERSION} {recipe.sentences} {recipe.alone} {recipe.size} {_COUNTED_SENTENCES}\n"
    return hashlib.sha256(what.encode() + PHRASES.read_bytes()).hexdigest()


def build(directory: Path, recipe: Recipe = WHOLE, tell: Callable[[str], None] = print) -> None:
    """Writes the model into `directory`, in place of whatever is there."""
    corpus = read_corpus()
    tell(f"{recipe.sentences} phrases, {len(corpus.words)} mots : synthèse…")
    heard = list(_heard(corpus, recipe))
    hours = sum(len(one.features) for one in heard) * features.FRAME_S / 3_600
    tell(f"{hours:.1f} h de parole ; apprentissage…")
    trained = train(heard, recipe.size, _NETWORK, tell)
    ways = lexicon(itertools.chain.from_iterable(one.said for one in heard), corpus.words)
    shutil.rmtree(directory, ignore_errors=True)
    for name, content in _files(corpus, trained, ways).items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    told = Mark(title=TITLE, language="fr", test=True, source="speech/test_model", sha256=digest(recipe))
    write_mark(directory, told)


def _files(corpus: Corpus, trained: Trained, ways: Lexicon) -> dict[str, bytes]:
    table = ["<eps>", graph.UNKNOWN, *corpus.words]
    number = {word: place for place, word in enumerate(table)}
    names = trained.network.phones
    phones = graph.Phones(names)
    counted = [*corpus.sentences(_COUNTED_SENTENCES, _COUNTED), *corpus.words, *[""] * _NOTHING]
    boundaries = [f"{phones.number(name, position)} {position}" for name in names[1:] for position in graph.POSITIONS]
    return {
        "am/final.mdl": kaldi.acoustic_model(trained, phones, _NOISE_BONUS),
        "graph/HCLr.fst": kaldi.automaton(graph.pronunciations(ways, number, phones)),
        "graph/Gr.fst": kaldi.automaton(graph.word_pairs(counted, number), table),
        "graph/words.txt": _lines(f"{word} {place}" for place, word in enumerate(table)),
        "graph/phones/word_boundary.int": _lines(["1 nonword", *boundaries]),
        "graph/disambig_tid.int": b"",
        "conf/mfcc.conf": features.CONFIGURATION.encode(),
        "conf/model.conf": _CONFIGURATION.encode(),
    }


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def sentences_of_build(corpus: Corpus) -> set[str]:
    """Whatever the whole recipe speaks or counts."""
    return {*corpus.sentences(WHOLE.sentences, _SPOKEN), *corpus.sentences(_COUNTED_SENTENCES, _COUNTED)}


def _heard(corpus: Corpus, recipe: Recipe) -> Iterator[Example]:
    sentences = corpus.sentences(recipe.sentences, _SPOKEN) + [
        word for word in corpus.words for _ in range(recipe.alone)
    ]
    return examples(asked(sentences, VARIANTS, _VOICES), recipe.processes)
