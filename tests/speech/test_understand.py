"""From words to a topic, with the shipped topics and examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.settings import load
from runtime.settings.topics import load_examples
from speech.understand.topics import Example
from speech.understand.understand import Classifier, Understander

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture(scope="module")
def understander() -> Understander:
    topics = load(CONFIG).settings.topics
    return Understander(topics, load_examples(CONFIG, topics))


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("euh bonjour mon r s a il est pas tombé ce mois-ci", "rsa"),
        ("je cherche une nounou pour mon petit", "modes_garde"),
        ("où en est mon dossier à la m d p h", "mdph_dossier"),
        ("je voudrais refaire mon passeport", "hors_perimetre"),
        ("on va me couper l'électriciter", "energie_eau"),
        (
            "Bonjour Madame,\n\nJe me permets de vous écrire car je n'arrive plus à payer mon loyer depuis deux mois. "
            "J'ai reçu un commandement de payer. Que dois-je faire ?\n\nCordialement,\nPrénom Nom",
            "fsl_logement",
        ),
    ],
)
def test_said_and_written(understander: Understander, said: str, topic: str) -> None:
    reading = understander.understand(said)
    assert reading.topic == topic
    assert reading.candidates[0].topic == topic
    assert reading.why


def test_an_acronym_that_decided_is_spelt_out(understander: Understander) -> None:
    assert "sigle RSA (Revenu de solidarité active)" in understander.understand("c'est pour le RSA").why


@pytest.mark.parametrize("nothing", ["", "   ", "?!", "🙂🙂"])
def test_nothing_said_is_nothing_understood(understander: Understander, nothing: str) -> None:
    reading = understander.understand(nothing)
    assert (reading.topic, reading.in_scope, reading.confidence) == ("", False, 0.0)


def test_what_has_nothing_to_do_with_us_is_out_of_scope(understander: Understander) -> None:
    assert not understander.understand("zblorg frumpf quixotic").in_scope
    assert not understander.understand("je voudrais refaire mon passeport").in_scope
    assert understander.understand("je voudrais faire une demande de RSA").in_scope


def test_the_same_words_give_the_same_reading_in_another_understander(understander: Understander) -> None:
    topics = load(CONFIG).settings.topics
    other = Understander(topics, load_examples(CONFIG, topics))
    for said in ("mon loyer", "je suis enceinte", "la carte de stationnement"):
        assert understander.understand(said) == other.understand(said)


def test_a_classifier_of_any_labels_learns_from_a_few_examples() -> None:
    colours = {"ciel": ["il pleut", "le soleil brille", "un nuage passe"], "mer": ["la vague monte", "le bateau part"]}
    classifier = Classifier([Example(text, label) for label, texts in colours.items() for text in texts])
    assert classifier.labels == ("ciel", "mer")
    assert classifier.read("les vagues et le bateau").topic == "mer"
