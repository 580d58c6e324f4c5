"""What words have in common."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from speech.understand import concepts as module
from speech.understand.concepts import LISTS, PARTS_MOST, concepts
from speech.understand.normalise import folded


def test_words_that_mean_the_same_share_a_concept_whatever_their_ending() -> None:
    assert "nounou" in concepts(["nourrices"])
    assert "nounou" in concepts(["une", "assistante", "maternelle"])
    assert concepts(["assistante"]) == []
    assert concepts(["zzz"]) == []


def test_the_lists_are_well_written() -> None:
    names: Counter[str] = Counter()
    for file in LISTS:
        for number, line in enumerate(Path(module.__file__).with_name(file).read_text("utf-8").splitlines(), 1):
            if line.startswith("#"):
                continue
            name, colon, said = line.partition(":")
            assert colon, (file, number)
            names[name] += 1
            assert len(said.split()) >= 2, (file, number)
            assert folded(said) == said, (file, number)
            assert max(word.count("_") for word in said.split()) < PARTS_MOST, (file, number)
    assert [name for name, times in names.items() if times > 1] == []
