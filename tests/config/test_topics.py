"""Topics and examples, as they are written and as they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ConfigurationFault
from runtime.settings import load
from runtime.settings.topics import load_examples
from speech.engines.outside import OutsideSettings
from speech.understand.topics import Example, Topic
from tests.config.test_needs import good

SHIPPED = Path(__file__).resolve().parents[2] / "config"
TOPICS = """groups:
  insertion: Direction de l'insertion
topics:
  rsa:
    title: Revenu de solidarité active
    spoken: le RSA
    group: insertion
    acronyms: [RSA]
    words: [le RMI]
    urgency: high
    protected: true
    outside: true
    guidance: "CAF : paiement."
    numbers: ["3230"]
"""


def with_topics(tmp_path: Path, topics: str, **examples: str) -> Path:
    directory = good(tmp_path)
    (directory / "topics.yaml").write_text(topics, encoding="utf-8")
    for name, text in examples.items():
        (directory / "examples").mkdir(exist_ok=True)
        (directory / "examples" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return directory


def test_a_topic_with_all_its_fields(tmp_path: Path) -> None:
    assert load(with_topics(tmp_path, TOPICS)).settings.topics == {
        "rsa": Topic(
            name="rsa",
            title="Revenu de solidarité active",
            spoken="le RSA",
            group="insertion",
            acronyms=("RSA",),
            words=("le RMI",),
            urgency="high",
            protected=True,
            outside=True,
            guidance="CAF : paiement.",
            numbers=("3230",),
        )
    }


def test_without_topics_a_centre_loads_all_the_same(tmp_path: Path) -> None:
    directory = good(tmp_path)
    assert load(directory).settings.topics == {}
    assert load_examples(directory, {}) == ()


def test_every_fault_of_topics_is_told_at_once(tmp_path: Path) -> None:
    wrong = TOPICS.replace("group: insertion", "group: insertio").replace("urgency: high", "urgency: haute")
    wrong = wrong.replace("acronyms: [RSA]", "acronyms: ['?', [a]]").replace("numbers", "numeros")
    with pytest.raises(ConfigurationFault) as raised:
        load(with_topics(tmp_path, wrong))
    assert [fault.split(": ", 2)[:2] for fault in raised.value.faults] == [
        ["topics.yaml:7:12", "topics.rsa.group"],
        ["topics.yaml:8:16", "topics.rsa.acronyms[0]"],
        ["topics.yaml:8:21", "topics.rsa.acronyms[1]"],
        ["topics.yaml:10:14", "topics.rsa.urgency"],
        ["topics.yaml:14:5", "topics.rsa.numeros"],
    ]
    assert "vouliez-vous « insertion » ?" in raised.value.faults[0]


def test_examples_of_several_files_and_those_that_were_learnt(tmp_path: Path) -> None:
    directory = with_topics(
        tmp_path,
        TOPICS,
        insertion="rsa:\n  - Mon RSA est coupé\n",
        appris="rsa:\n  - {text: le rsa il vient pas, by: Sofia Benali, on: 2026-11-23}\n",
    )
    assert load_examples(directory, {"rsa"}) == (
        Example("le rsa il vient pas", "rsa"),
        Example("Mon RSA est coupé", "rsa"),
    )


def test_every_fault_of_examples_is_told_at_once(tmp_path: Path) -> None:
    directory = with_topics(
        tmp_path,
        TOPICS,
        insertion=(
            "rsa:\n  - Mon RSA\n  - mon rsa\n  - {text: bon, by: Sofia, le: 2026}\n  - [liste]\n  - '...'\n"
            "rsb:\n  - une phrase\napa: seule\n"
        ),
    )
    with pytest.raises(ConfigurationFault) as raised:
        load_examples(directory, {"rsa"})
    told = [fault.split(": ", 2)[:2] for fault in raised.value.faults]
    assert told == [
        ["examples/insertion.yaml:3:5", "rsa"],
        ["examples/insertion.yaml:4:5", "rsa[2].on"],
        ["examples/insertion.yaml:4:28", "rsa[2].le"],
        ["examples/insertion.yaml:5:5", "rsa[3]"],
        ["examples/insertion.yaml:6:5", "rsa[4]"],
        ["examples/insertion.yaml:7:1", "rsb"],
        ["examples/insertion.yaml:9:1", "apa"],
        ["examples/insertion.yaml:9:6", "apa"],
    ]


def test_the_shipped_topics_have_groups_words_and_examples() -> None:
    topics = load(SHIPPED).settings.topics
    examples = load_examples(SHIPPED, topics)
    assert len(topics) == 66
    assert len({topic.group for topic in topics.values()}) == 10
    assert {example.label for example in examples} == set(topics)
    assert all(topics[name].protected for name in ("violences_conjugales", "protection_enfance", "pmi_grossesse"))


OUTSIDE = "outside_engine: {url: 'https://m.invalid/v1/', model: m, secret_env: CLE, deadline: 1s, ask_below: 50}\n"


def test_an_outside_engine_is_off_unless_it_is_written(tmp_path: Path) -> None:
    assert load(with_topics(tmp_path / "a", TOPICS)).settings.outside_engine is None
    assert load(with_topics(tmp_path / "b", TOPICS + OUTSIDE)).settings.outside_engine == OutsideSettings(
        url="https://m.invalid/v1", model="m", secret_env="CLE", deadline_ms=1_000, ask_below=0.5
    )


def test_every_fault_of_an_outside_engine_is_told_at_once(tmp_path: Path) -> None:
    wrong = "outside_engine: {url: 'http://m.invalid/v1', secret: x, deadline: 1h, ask_below: 0, personal: peut}\n"
    with pytest.raises(ConfigurationFault) as raised:
        load(with_topics(tmp_path, TOPICS + wrong))
    assert [fault.split(": ", 2)[1] for fault in raised.value.faults] == [
        "outside_engine.model", "outside_engine.url", "outside_engine.secret", "outside_engine.deadline",
        "outside_engine.ask_below", "outside_engine.personal",
    ]  # fmt: skip
