"""Messages without what says nothing of their subject."""

from __future__ import annotations

from speech.understand.written import SENTENCES, body, sentences

MAIL = """Bonjour Madame,

Je vous écris car ma demande de RSA n'avance pas depuis trois mois.
Pouvez-vous me dire où elle en est ?

Cordialement,
Prénom Nom
06 39 98 00 01

> Le 3 mars, la CAF a écrit :
> votre dossier de logement est complet
"""


def test_greeting_signature_and_the_mail_that_it_answers_go() -> None:
    left = body(MAIL)
    assert left.startswith("Je vous écris")
    assert left.endswith("où elle en est ?")


def test_a_subject_line_and_addresses_go() -> None:
    assert body("RE: Bonjour,\nvoir www.x.invalid et a@x.invalid pour la crèche").split() == [
        "voir", "et", "pour", "la", "crèche",
    ]  # fmt: skip


def test_nothing_is_left_empty() -> None:
    assert body("Bonjour,") == "Bonjour,"
    assert body("Cordialement") == "Cordialement"
    assert body("") == ""


def test_short_texts_are_read_whole_and_long_ones_by_sentence() -> None:
    assert sentences("Je veux une place en crèche.") == []
    long = "Cette phrase parle de la pluie et du beau temps. " * 3 + "Je veux une place en crèche pour ma fille."
    assert sentences(long)[-1] == "Je veux une place en crèche pour ma fille."
    assert len(sentences("Une phrase de cinq mots. " * 500)) == SENTENCES
