"""What agents put right becomes examples: without names, never of protected topics, only when a person agreed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from speech.understand.improve import CORRECTIONS_MOST, KEPT_MS, PROPOSED_OF_TOPIC, Correction, Corrections, anonymous
from speech.understand.topics import Topic
from speech.understand.understand import Reading

NOW_MS = 1_800_000_000_000
TOPICS = {
    name: Topic(name=name, title=name, spoken=name, group="g", acronyms=("RSA",), protected=name == "violences")
    for name in ("rsa", "apa", "violences")
}
KNOWN = {"mon", "rsa", "il", "vient", "pas", "ce", "mois", "je", "veux", "le", "demande", "l", "j", "ai", "suis"}


def corrections(tmp_path: Path) -> Corrections:
    return Corrections(tmp_path / "corrections.jsonl", TOPICS)


def unread(text: str) -> Reading:
    return Reading(topic="apa", confidence=0.3)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("mon numéro c'est le 06 39 98 00 01 pour le rsa", "mon numéro c'est le … pour le rsa"),
        ("rappelez zéro six trente neuf quatre vingt dix huit merci", "rappelez … merci"),
        ("je m'appelle Karim Belkacem et mon rsa est coupé", "je m'appelle … et mon rsa est coupé"),
        ("c'est madame Lefèvre pour la crèche", "c'est madame … pour la crèche"),
        ("j'habite 12 rue des Lilas, Trappes", "j'habite … …"),
        ("voir x@y.invalid ou www.z.invalid", "voir … ou …"),
        ("mon nom D U P O N T le rsa", "mon nom … le rsa"),
        ("j'ai deux enfants", "j'ai deux enfants"),
    ],
)
def test_names_numbers_and_addresses_go(said: str, left: str) -> None:
    told = anonymous(said)
    for secret in ("06", "39", "Karim", "Belkacem", "Lefèvre", "Lilas", "Trappes", "@", "www", "quatre vingt", "D U P"):
        assert secret not in told
    if left != "j'habite … …":
        assert told == left


def test_a_correction_is_kept_without_names_for_its_user_alone(tmp_path: Path) -> None:
    kept = corrections(tmp_path)
    assert kept.note("je m'appelle Karim et mon rsa ne vient pas", was="apa", topic="rsa", at_ms=NOW_MS)
    text = (tmp_path / "corrections.jsonl").read_text(encoding="utf-8")
    assert "Karim" not in text
    assert stat.S_IMODE(os.stat(tmp_path / "corrections.jsonl").st_mode) == 0o600


@pytest.mark.parametrize(
    ("was", "topic"), [("violences", "rsa"), ("rsa", "violences"), ("rsa", "inconnu"), ("rsa", "rsa")]
)
def test_nothing_is_kept_of_protected_topics_nor_of_what_was_right(tmp_path: Path, was: str, topic: str) -> None:
    assert not corrections(tmp_path).note("mon rsa il vient pas", was=was, topic=topic, at_ms=NOW_MS)
    assert not (tmp_path / "corrections.jsonl").exists()


def test_words_of_one_person_only_are_not_proposed(tmp_path: Path) -> None:
    kept = corrections(tmp_path)
    kept.note("mon rsa il vient pas belkacem", was="apa", topic="rsa", at_ms=NOW_MS)
    kept.note("je veux le galopin ce mois", was="apa", topic="rsa", at_ms=NOW_MS)
    kept.note("le galopin il vient pas", was="apa", topic="rsa", at_ms=NOW_MS)
    told = [one.text for one in kept.proposals(unread, KNOWN, NOW_MS)]
    assert sorted(told) == ["je veux le galopin ce mois", "le galopin il vient pas", "mon rsa il vient pas"]


def test_what_is_understood_already_is_not_proposed_and_no_more_than_somebody_reads(tmp_path: Path) -> None:
    kept = corrections(tmp_path)
    for number in range(PROPOSED_OF_TOPIC + 5):
        kept.note(f"je veux le rsa {'mois ' * number} vient", was="apa", topic="rsa", at_ms=NOW_MS)
    assert kept.proposals(lambda _: Reading(topic="rsa", confidence=0.95), KNOWN, NOW_MS) == []
    assert len(kept.proposals(unread, KNOWN, NOW_MS)) == PROPOSED_OF_TOPIC


def test_what_was_decided_is_kept_no_longer_nor_what_is_old(tmp_path: Path) -> None:
    kept = corrections(tmp_path)
    kept.note("mon rsa il vient pas", was="apa", topic="rsa", at_ms=NOW_MS)
    kept.note("je veux le rsa", was="apa", topic="rsa", at_ms=NOW_MS)
    kept.settle({("mon rsa il vient pas", "rsa")}, KNOWN, NOW_MS)
    assert [one.text for one in kept.all(NOW_MS)] == ["je veux le rsa"]
    assert kept.all(NOW_MS + KEPT_MS) == []


def test_a_damaged_line_is_passed_over_and_a_topic_may_become_protected(tmp_path: Path) -> None:
    kept = corrections(tmp_path)
    kept.note("mon rsa il vient pas", was="apa", topic="rsa", at_ms=NOW_MS)
    with (tmp_path / "corrections.jsonl").open("ab") as file:
        file.write(b"{oops\n\xff\n")
    assert kept.all(NOW_MS) == [Correction(text="mon rsa il vient pas", was="apa", topic="rsa", at_ms=NOW_MS)]
    guarded = {**TOPICS, "rsa": Topic(name="rsa", title="r", spoken="r", group="g", protected=True)}
    assert Corrections(tmp_path / "corrections.jsonl", guarded).all(NOW_MS) == []


def test_it_is_bounded(tmp_path: Path) -> None:
    one = b'{"text":"mon rsa il vient pas","was":"apa","topic":"rsa","at_ms":1800000000000}\n'
    (tmp_path / "corrections.jsonl").write_bytes(one * CORRECTIONS_MOST)
    assert not corrections(tmp_path).note("je veux le rsa", was="apa", topic="rsa", at_ms=NOW_MS)
