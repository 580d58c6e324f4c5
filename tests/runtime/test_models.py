"""`./allo speech`, as it is typed: models listed, fetched from a real server of this machine, refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from speech.fetch import PUBLIC
from speech.models import read_model
from speech.test_model.build import BUILT, digest
from tests.commands import ROOT, allo
from tests.speech.test_fetch import Server, packed


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server(packed())
    yield started
    started.stop()


def test_the_list_says_which_is_for_trials(tmp_path: Path) -> None:
    said = allo(tmp_path, "speech", "list")
    assert said.returncode == 0
    assert "modèle d'essai : ne reconnaît que des voix de synthèse (fr, 8000 Hz," in said.stdout


def test_a_fetched_model_is_listed_and_not_fetched_again(tmp_path: Path, server: Server) -> None:
    digest = hashlib.sha256(server.content).hexdigest()
    said = allo(tmp_path, "speech", "fetch", "--url", server.url, "--sha256", digest)
    assert said.returncode == 0, said.stderr
    directory = tmp_path / "models" / "vosk-model-small-fr-0.22"
    assert f"models: {{fr: {directory}}}" in said.stdout
    listed = json.loads(allo(tmp_path, "speech", "list", "--json").stdout)
    assert [(one["title"], one["test"]) for one in listed if one["path"] == str(directory)] == [
        ("vosk-model-small-fr-0.22", False)
    ]
    assert "déjà installé" in allo(tmp_path, "speech", "fetch", "--url", server.url, "--sha256", digest).stdout
    assert len(server.asked) == 1


def test_where_it_comes_from_and_goes_is_configured(tmp_path: Path, server: Server) -> None:
    config = Path(shutil.copytree(ROOT / "config", tmp_path / "config"))
    file = config / "centre.yaml"
    text = file.read_text(encoding="utf-8").replace("fr: essai", f"fr: {tmp_path}/serves/fr")
    text = text.replace(PUBLIC.url, server.url).replace(PUBLIC.sha256, hashlib.sha256(server.content).hexdigest())
    file.write_text(text, encoding="utf-8")
    assert "n'existe pas" in allo(tmp_path, "speech", "list", "--config", str(config)).stdout
    said = allo(tmp_path, "speech", "fetch", "--config", str(config))
    assert said.returncode == 0, said.stderr
    assert "Il sert dès le prochain démarrage" in said.stdout
    assert (tmp_path / "serves/fr/am/final.mdl").exists()


def test_an_archive_that_was_brought_is_installed_without_a_network(tmp_path: Path, server: Server) -> None:
    file = tmp_path / "brought.zip"
    file.write_bytes(server.content)
    digest = hashlib.sha256(server.content).hexdigest()
    words = ("--file", str(file), "--sha256", digest, "--into", str(tmp_path / "here"))
    said = allo(tmp_path, "speech", "fetch", *words)
    assert said.returncode == 0, said.stderr
    assert (tmp_path / "here" / "am" / "final.mdl").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--sha256", "123"), "64 chiffres hexadécimaux"),
        (("--url", "https://example.org/x.zip"), "64 chiffres hexadécimaux"),
        (("--file", "/no/such/file.zip"), "vérifiez le chemin"),
        (("--language", "ar"), "speech.fetch ne dit rien pour la langue « ar »"),
        (("--config", "/no/such/config"), "centre.yaml"),
    ],
)
def test_what_cannot_be_fetched_says_why_and_installs_nothing(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    said = allo(tmp_path, "speech", "fetch", *words)
    assert said.returncode == 1
    assert told in said.stderr
    assert "Traceback" not in said.stderr
    assert not (tmp_path / "models").exists()


def test_a_broken_model_is_named_in_the_list(tmp_path: Path) -> None:
    broken = tmp_path / "models" / "half"
    (broken / "am").mkdir(parents=True)
    said = allo(tmp_path, "speech", "list")
    assert said.returncode == 1
    assert "✗ le modèle de reconnaissance" in said.stdout
    assert "il manque" in said.stdout


def test_the_kept_test_model_is_not_made_twice(tmp_path: Path) -> None:
    assert read_model(BUILT).mark.sha256 == digest(), "phrases.txt changed: ./allo speech build-test-model"
    copy = shutil.copytree(BUILT, tmp_path / "copy")
    said = allo(tmp_path, "speech", "build-test-model", "--into", str(copy))
    assert said.returncode == 0
    assert "est à jour" in said.stdout
