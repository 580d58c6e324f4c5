"""The model made anew, small and quick, is one that the real Vosk loads and hears with."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pytest
import vosk

from speech.models import read_model
from speech.test_model.build import BUILT, TITLE, Recipe, build, digest
from speech.test_model.corpus import read_corpus
from speech.test_model.examples import PLAIN, asked
from speech.test_model.measure import error_rate
from speech.test_model.network import Size

vosk.SetLogLevel(-1)

QUICK = Recipe(sentences=300, alone=1, size=Size(width=64, epochs=3))
BYTES_AT_MOST = 1_000_000


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("model")
    build(directory, QUICK, lambda told: None)
    return directory


def test_a_quick_build_is_read_marked_and_hears(quick: Path) -> None:
    found = read_model(quick)
    assert (found.mark.test, found.title, found.mark.sha256) == (True, TITLE, digest(QUICK))
    said = read_corpus().sentences(25, 4_321)
    measured = error_rate("", vosk.Model(str(quick)), asked(said, (PLAIN,), 8, 25))
    assert measured.error_rate < 0.2, measured.wrong


def test_it_is_the_kept_model_but_for_what_was_learnt(quick: Path) -> None:
    same = ("graph/words.txt", "graph/Gr.fst", "conf/mfcc.conf", "conf/model.conf", "graph/disambig_tid.int")
    _, differ, absent = filecmp.cmpfiles(quick, BUILT, same, shallow=False)
    assert (differ, absent) == ([], [])
    assert read_model(quick).words == read_model(BUILT).words


def test_the_kept_model_is_of_these_phrases_and_small() -> None:
    assert read_model(BUILT).mark.sha256 == digest(), "phrases.txt changed: ./allo speech build-test-model --keep"
    assert sum(file.stat().st_size for file in BUILT.rglob("*") if file.is_file()) < BYTES_AT_MOST
