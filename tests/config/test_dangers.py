"""What people say in danger, as it is written and as it is read; and `check`, which reads all sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import ConfigurationFault
from runtime.__main__ import app
from runtime.settings import load
from runtime.settings.dangers import load_sayings
from speech.understand.topics import Example
from tests.config.test_needs import good
from tests.config.test_topics import SHIPPED, TOPICS

SIGNALS = """urgences:
  signals:
    feu: {level: 1, title: Feu, hear: [feu]}
    faim: {level: 3, title: Faim, hear: [faim]}
"""


def with_dangers(tmp_path: Path, **files: str) -> Path:
    directory = good(tmp_path)
    (directory / "urgences.yaml").write_text(SIGNALS, encoding="utf-8")
    (directory / "topics.yaml").write_text(TOPICS, encoding="utf-8")
    for name, text in files.items():
        file = directory / f"{name.replace('__', '/')}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return directory


def test_sentences_of_danger_with_the_calm_ones_of_topics(tmp_path: Path) -> None:
    directory = with_dangers(
        tmp_path,
        dangers__feu="feu:\n  - ça brûle\n",
        dangers__calme="calme:\n  - le feu rouge\n",
        examples__insertion="rsa:\n  - mon rsa\n  - Le feu rouge\n",
    )
    assert load_sayings(load(directory).settings) == (
        Example("le feu rouge", "calme"),
        Example("ça brûle", "feu"),
        Example("mon rsa", "calme"),
    )


def test_without_a_sentence_of_danger_there_is_nothing_to_learn(tmp_path: Path) -> None:
    assert load_sayings(load(with_dangers(tmp_path)).settings) == ()


def test_what_is_no_danger_is_a_fault(tmp_path: Path) -> None:
    wrong = "feux:\n  - ça brûle\nfaim:\n  - j'ai faim\nfeu: rien\n"
    settings = load(with_dangers(tmp_path, dangers__feu=wrong)).settings
    with pytest.raises(ConfigurationFault) as raised:
        load_sayings(settings)
    assert [fault.split(": ", 2)[:2] for fault in raised.value.faults] == [
        ["dangers/feu.yaml:1:1", "feux"],
        ["dangers/feu.yaml:3:1", "faim"],
        ["dangers/feu.yaml:5:6", "feu"],
    ]
    assert "le danger « feux » n'existe pas, vouliez-vous « feu » ?" in raised.value.faults[0]


def test_check_reads_every_sentence_and_tells_all_faults_at_once(tmp_path: Path) -> None:
    directory = with_dangers(
        tmp_path, dangers__feu="feux:\n  - ça brûle\n", examples__insertion="rsb:\n  - '...'\n  - [liste]\n"
    )
    told = CliRunner().invoke(app, ["check", str(directory)])
    assert told.exit_code == 1
    places = [line.split(": ")[0] for line in told.output.splitlines()]
    assert places[:4] == ["dangers/feu.yaml:1:1", "examples/insertion.yaml:1:1", "examples/insertion.yaml:2:5",
                          "examples/insertion.yaml:3:5"]  # fmt: skip


def test_check_says_how_many_sentences_there_are_and_whether_they_are_enough(tmp_path: Path) -> None:
    few = CliRunner().invoke(app, ["check", str(with_dangers(tmp_path, dangers__feu="feu:\n  - ça brûle\n"))])
    assert "0 de thèmes, 1 de danger, 0 de faux amis : trop peu pour en apprendre" in few.output
    shipped = CliRunner().invoke(app, ["check", str(SHIPPED)])
    assert shipped.exit_code == 0
    assert "trop peu" not in shipped.output
