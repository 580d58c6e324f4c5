"""`./allo prompts`, as it is typed, on the shipped configuration with recordings put into it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from speech.sound import RATE, speech_level_db
from speech.wav import read_wav, write_wav
from tests.commands import ROOT, allo


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "config", tmp_path / "config"))


def record(config: Path, key: str, content: bytes) -> None:
    file = config / "prompts" / "fr" / f"{key}.wav"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)


def tone(seconds: float, size: float = 0.1) -> bytes:
    """Beeps, with the pauses that a voice has."""
    at = np.arange(int(seconds * RATE))
    return write_wav((size * np.sin(at / 3) * (np.sin(at / 800) > -0.5)).astype(np.float32), RATE)


def run(config: Path, tmp_path: Path, *words: str) -> tuple[int, str, str]:
    said = allo(tmp_path, "prompts", *words, "--config", str(config))
    assert "Traceback" not in said.stderr
    return said.returncode, said.stdout, said.stderr


def test_the_list_says_who_says_it_and_whether_it_is_recorded(config: Path, tmp_path: Path) -> None:
    record(config, "accueil.bienvenue_78", tone(4))
    code, out, _ = run(config, tmp_path, "list")
    assert code == 0
    assert "✓ fr/accueil.bienvenue_78 : enregistré (solidarites_78" in out
    assert "· fr/accueil.urgence : voix de synthèse (" in out
    assert "· fr/attente.position : toujours en synthèse : une place à remplir (tous les services)" in out
    assert "\n1 enregistré(s), " in out


def test_what_a_service_still_needs_is_listed_with_its_words(config: Path, tmp_path: Path) -> None:
    record(config, "mdph.choix", tone(4))
    found = json.loads(run(config, tmp_path, "list", "--service", "mdph_78", "--missing", "--json")[1])
    keys = {one["key"] for one in found}
    assert "mdph.demande" in keys
    assert "attente.prochain" in keys, "said while waiting, whoever was called"
    assert not keys & {"mdph.choix", "pmi.choix", "attente.position"}
    assert all(one["words"] for one in found)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("list", "--service", "mdph_87"), "« mdph_87 » n'existe pas, vouliez-vous « mdph_78 »"),
        (("check", "--language", "de"), "« de » n'existe pas"),
    ],
)
def test_a_name_that_does_not_exist_is_told(config: Path, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    code, _, err = run(config, tmp_path, *words)
    assert code == 1
    assert told in err


def test_check_names_each_file_and_what_to_do(config: Path, tmp_path: Path) -> None:
    record(config, "accueil.bienvenue_78", tone(6, size=5))
    record(config, "accueil.assistant", b"not a wav")
    record(config, "menu.conseiller", tone(4))
    code, out, _ = run(config, tmp_path, "check")
    assert code == 1
    assert "! " in out
    assert "accueil.bienvenue_78.wav : saturé" in out
    assert "✗ " in out
    assert "accueil.assistant.wav : n'est pas un fichier WAV" in out
    assert "menu.conseiller.wav" not in out
    assert "3 enregistrement(s), 2 à revoir." in out
    listed = json.loads(run(config, tmp_path, "check", "--json")[1])
    assert [one["key"] for one in listed if one["unusable"]] == ["accueil.assistant"]
    assert {one["key"]: one.get("rate") for one in listed}["menu.conseiller"] == RATE


def test_check_without_recordings_says_where_to_begin(config: Path, tmp_path: Path) -> None:
    code, out, _ = run(config, tmp_path, "check")
    assert code == 0
    assert "./allo prompts list --missing" in out


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("acceuil.urgence.wav", "ne correspond à aucun texte, vouliez-vous « accueil.urgence »"),
        ("attente.position.wav", "a une place à remplir et ne s'enregistre pas"),
        ("accueil.urgence.mp3", "n'est pas un .wav, convertissez-le"),
    ],
)
def test_a_file_that_would_never_be_heard_is_told(config: Path, tmp_path: Path, name: str, told: str) -> None:
    file = config / "prompts" / "fr" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(tone(1))
    code, _, err = run(config, tmp_path, "check")
    assert code == 1
    assert f"prompts/fr/{name}" in err
    assert told in err


def test_render_writes_what_is_heard_on_the_telephone(config: Path, tmp_path: Path) -> None:
    record(config, "pmi.choix", tone(4, size=0.9))
    code, out, err = run(config, tmp_path, "render", str(tmp_path / "wav"), "--service", "pmi_92")
    assert (code, err) == (0, "")
    files = sorted((tmp_path / "wav").glob("*/*"))
    assert f"{len(files)} fichier(s)" in out
    for key in ("pmi.choix", "pmi.grossesse", "attente.position"):
        samples, rate = read_wav((tmp_path / "wav" / "fr" / f"{key}.wav").read_bytes())
        assert rate == RATE
        assert speech_level_db(samples) == pytest.approx(-19, abs=2)


def test_render_into_a_file_says_so(config: Path, tmp_path: Path) -> None:
    (tmp_path / "wav").write_text("")
    code, _, err = run(config, tmp_path, "render", str(tmp_path / "wav"))
    assert code == 1
    assert "choisissez un autre dossier" in err
