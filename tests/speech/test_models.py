"""Models on disk: whole ones are described, and of broken ones we say what is wrong and what to do."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from speech.models import MARK, BadModel, read_model
from speech.test_model.build import BUILT


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the test model, to be broken."""
    return Path(shutil.copytree(BUILT, tmp_path / "model"))


def test_the_test_model_says_that_it_is_one_and_what_it_knows() -> None:
    found = read_model(BUILT)
    assert found.mark.test
    assert "voix de synthèse" in found.title
    assert found.rate_hz == 8_000
    assert {"bonjour", "rsa", "rendez-vous", "[unk]"} <= found.words
    assert found.takes_grammar


def test_words_that_it_can_never_hear_are_told() -> None:
    assert read_model(BUILT).unknown(["bonjour hypoténuse", "le rsa hypoténuse"]) == ("hypoténuse",)


def test_without_a_list_of_words_they_are_read_from_the_automaton(model: Path) -> None:
    (model / "graph/words.txt").unlink()
    assert read_model(model).words == read_model(BUILT).words


def test_a_model_put_there_by_hand_goes_by_its_folder_s_name(model: Path) -> None:
    (model / MARK).unlink()
    found = read_model(model)
    assert (found.title, found.mark.test) == ("model", False)


def test_the_older_layout_is_read_too(model: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for name in ("am/final.mdl", "conf/mfcc.conf", "graph/HCLr.fst", "graph/Gr.fst"):
        shutil.copy(model / name, flat)
    assert read_model(flat).rate_hz == 8_000


def test_a_model_that_says_nothing_of_its_rate_has_kaldis(model: Path) -> None:
    (model / "conf/mfcc.conf").write_text("--use-energy=false\n", encoding="utf-8")
    assert read_model(model).rate_hz == 16_000


def test_a_whole_graph_takes_no_grammar(model: Path) -> None:
    (model / "graph/HCLG.fst").write_bytes((model / "graph/HCLr.fst").read_bytes())
    assert not read_model(model).takes_grammar


def _cut(file: Path) -> None:
    file.write_bytes(b"")


def _page(file: Path) -> None:
    file.write_text("<!DOCTYPE html><title>Proxy</title>", encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "harm", "told"),
    [
        ("am/final.mdl", Path.unlink, "il manque am/final.mdl|il manque"),
        ("am/final.mdl", _cut, "am/final.mdl n'est pas un modèle de Kaldi"),
        ("am/final.mdl", _page, "am/final.mdl n'est pas un modèle de Kaldi"),
        ("conf/mfcc.conf", Path.unlink, "il manque conf/mfcc.conf"),
        ("conf/model.conf", Path.unlink, "il manque conf/model.conf"),
        ("graph/Gr.fst", Path.unlink, "il manque graph/Gr.fst"),
        ("graph/HCLr.fst", _page, "HCLr.fst n'est pas un automate"),
        (MARK, _cut, f"{MARK} est illisible"),
    ],
)
def test_what_is_missing_or_broken_is_named_with_its_remedy(
    model: Path, name: str, harm: Callable[[Path], None], told: str
) -> None:
    harm(model / name)
    with pytest.raises(BadModel, match=told) as found:
        read_model(model)
    assert "./allo speech fetch" in str(found.value)


def test_an_automaton_cut_after_its_head_is_broken(model: Path) -> None:
    (model / "graph/words.txt").unlink()
    (model / "graph/Gr.fst").write_bytes((model / "graph/Gr.fst").read_bytes()[:300])
    with pytest.raises(BadModel, match="illisible"):
        read_model(model)


def test_a_rate_that_no_telephone_has_is_refused(model: Path) -> None:
    (model / "conf/mfcc.conf").write_text("--sample-frequency=44100\n", encoding="utf-8")
    with pytest.raises(BadModel, match=re.escape("44100 Hz")):
        read_model(model)


def test_a_folder_that_does_not_exist_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"n'existe pas : \./allo speech fetch"):
        read_model(tmp_path / "nothing")


def test_the_mark_of_the_built_model_is_readable_by_people() -> None:
    assert json.loads((BUILT / MARK).read_text(encoding="utf-8"))["test"] is True
