"""Sentences spoken by many voices and heard over a telephone, each frame labelled with the phone that it holds.

The labels are exact: the synthesiser says when each phone begins.
"""

from __future__ import annotations

import math
import multiprocessing
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from speech.test_model.features import FIRST_S, FRAME_S, Features, mfcc
from speech.test_model.telephone import Heard, through_telephone
from speech.test_model.voices import SILENCE, Manner, Spoken, say

LANGUAGES: Final = ("fr", "fr", "fr-be", "fr-ch")
# Variants of espeak-ng's voices, the plain one the most often.  Whoever speaks in HELD_OUT is never heard in training.
_TRAINED: Final = """
    - - - - f1 f2 f4 f5 m1 m2 m3 m4 m6 m7 klatt klatt2 klatt4 steph steph2 iven iven2 iven3 Annie Andy Hugo Michael Alex
    Alicia Andrea Denis Diogo Henrique Jacky Marco Mario adam anika announcer antonio aunty benjamin boris caleb
    david ed grandma gustave john linda marcelo max michel miguel norbert pablo pedro quincy rob robert sandro
    shelby travis victor zac
"""
VARIANTS: Final = tuple(_TRAINED.split())
HELD_OUT: Final = ("f3", "m5", "m8", "paul", "klatt3", "Gene", "Mike", "edward2", "steph3", "grandpa")
PLAIN: Final = "-"

# Words that are written one way and said another, as letters or as they are pronounced.
SAID_AS: Final = {
    "aah": ("a a hache",),
    "aeeh": ("a e e hache",),
    "aesh": ("a e esse hache",),
    "apl": ("a pé elle",),
    "ase": ("a esse e",),
    "ccas": ("cé cé a esse", "cé-casse"),
    "cmi": ("cé èm i",),
    "d'aesh": ("d'a e esse hache",),
    "ehpad": ("épade",),
    "fsl": ("effe esse elle",),
    "hlm": ("HLM",),
    "ivg": ("i vé gé",),
    "l'aah": ("l'a a hache",),
    "l'aeeh": ("l'a e e hache",),
    "l'apl": ("l'a pé elle",),
    "l'ehpad": ("l'épade",),
    "mdph": ("MDPH",),
    "pch": ("pé cé hache",),
    "pmi": ("pé èm i",),
    "rqth": ("erre ku té hache",),
    "rsa": ("èr esse a", "RSA"),
}
# Numbers of several words, which a voice joins as a reader would: `quatre-vingt-dix`.
_NUMBER: Final = (
    "(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante"
    "|cinquante|soixante)"
)
_NUMBERS: Final = re.compile(
    rf"\b(?:quatre vingts?|soixante|vingt|trente|quarante|cinquante|dix)(?: {_NUMBER}| et (?:un|onze))+\b"
)


@dataclass(frozen=True)
class Asked:
    """One sentence to be said, with everything that lots decide drawn from `seed`."""

    sentence: str
    voice: str
    seed: int
    noise_db: float | None = None


@dataclass(frozen=True)
class Example:
    """`features` (n, COEFFICIENTS) with a phone for each frame, and how each word was said."""

    features: Features
    phones: tuple[str, ...]
    said: tuple[tuple[str, tuple[str, ...]], ...]


def asked(sentences: Iterable[str], variants: Sequence[str], seed: int, noise_db: float | None = None) -> list[Asked]:
    """A voice for each sentence, the same for the same seed."""
    lot = np.random.default_rng(seed)
    return [
        Asked(sentence, _voice(lot.choice(LANGUAGES), lot.choice(variants)), seed * 1_000_003 + place, noise_db)
        for place, sentence in enumerate(sentences)
    ]


def _voice(language: str, variant: str) -> str:
    return language if variant == PLAIN else f"{language}+{variant}"


def spoken_over_telephone(one: Asked) -> tuple[Spoken, Heard, bool]:
    """The sentence as it was said and as it is heard, and whether its words can be told apart."""
    lot = np.random.default_rng(one.seed)
    joined = _NUMBERS.sub(lambda number: number[0].replace(" ", "-"), one.sentence)
    apart = joined == one.sentence or lot.random() < 0.5
    words = [_as_said(word, lot) for word in (one.sentence if apart else joined).split()]
    manner = Manner(one.voice, int(lot.integers(125, 216)), int(lot.integers(25, 81)), int(lot.integers(25, 76)))
    spoken = say(words, manner)
    return spoken, through_telephone(spoken.samples, spoken.rate, lot, one.noise_db), apart


def example(one: Asked) -> Example:
    spoken, heard, apart = spoken_over_telephone(one)
    features = mfcc(heard.samples)
    return Example(
        features, _labels(spoken, heard, len(features)), _said(one.sentence.split(), spoken) if apart else ()
    )


def examples(wanted: Sequence[Asked], processes: int) -> Iterator[Example]:
    """All of them, in order; the library speaks one sentence at a time, so each process has its own."""
    # Started afresh, not forked: numpy's threads do not survive a fork.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(example, wanted, chunksize=50)


def _as_said(word: str, lot: np.random.Generator) -> str:
    return str(lot.choice(SAID_AS.get(word, (word,))))


def _labels(spoken: Spoken, heard: Heard, frames: int) -> tuple[str, ...]:
    """The phone at the middle of each frame."""
    labels = [SILENCE] * frames
    ends = [phone.start_s for phone in spoken.phones[1:]] + [spoken.samples.size / spoken.rate]
    for phone, end_s in zip(spoken.phones, ends, strict=True):
        first, beyond = (math.ceil((at_s + heard.lead_s - FIRST_S) / FRAME_S) for at_s in (phone.start_s, end_s))
        for frame in range(max(first, 0), min(beyond, frames)):
            labels[frame] = phone.name
    return tuple(labels)


def _said(words: Sequence[str], spoken: Spoken) -> tuple[tuple[str, tuple[str, ...]], ...]:
    phones: dict[int, list[str]] = {}
    for phone in spoken.phones:
        if phone.word is not None:
            phones.setdefault(phone.word, []).append(phone.name)
    return tuple((words[word], tuple(found)) for word, found in phones.items())
