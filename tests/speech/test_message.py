"""Written messages: mails as they travel, what they answer left out, and danger found in any sentence."""

from __future__ import annotations

from email.message import EmailMessage
from random import Random

import pytest

from speech.understand.lookout import Lookout
from speech.understand.message import PARTS_MOST, Message, own, parts, read_message
from speech.understand.urgency import Signal, Urgencies

ANSWER = """Bonjour,
je n'ai toujours pas reçu mon aide.

Le lun. 3 mars 2025 à 10:12, Accueil <accueil@departement.invalid> a écrit :
> Votre demande de logement est refusée.
> Cordialement
"""


def mail(text: str, subject: str = "Ma demande", html: str = "") -> bytes:
    message = EmailMessage()
    message["From"] = "usager@exemple.invalid"
    message["Subject"] = subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="photo.png")
    return bytes(message)


def test_of_a_mail_subject_and_text_are_read_without_what_it_answers() -> None:
    message = read_message(mail(ANSWER, "Où en est mon dossier ?"))
    assert message.subject == "Où en est mon dossier ?"
    assert message.text == "Bonjour,\nje n'ai toujours pas reçu mon aide."
    assert "aide" not in repr(message)


def test_of_a_mail_in_html_alone_the_words_are_read() -> None:
    page = EmailMessage()
    page["Subject"] = "x"
    page.set_content("<style>p {}</style><p>je dors</p><div>dehors</div><script>non()</script>", subtype="html")
    assert read_message(bytes(page)).text.split() == ["je", "dors", "dehors"]


def test_a_text_is_a_message_without_a_subject() -> None:
    assert read_message(b"Bonjour : il fait froid\nici") == Message(text="Bonjour : il fait froid\nici")
    assert read_message("où dormir".encode("cp1252")).text == "où dormir"


def test_who_answers_beneath_and_between_is_read_and_the_rest_is_not() -> None:
    assert own("Le 3 mars, la CAF a écrit :\n> avez-vous un toit ?\nnon, je dors dehors\n> depuis quand ?\nlundi") == (
        "non, je dors dehors\nlundi"
    )
    assert own("bonjour\n-----Message d'origine-----\nDe : x@y.invalid\nau feu") == "bonjour"
    assert own("> tout est cité") == "> tout est cité"


def test_a_number_of_social_security_goes_no_further() -> None:
    message = read_message(mail("mon numéro est 2 46 03 78 123 456 07", "1 85 05 78 006 084 36"))
    assert "123" not in message.whole
    assert "084" not in message.whole


def test_short_sentences_go_with_the_next_and_none_is_lost() -> None:
    assert parts("Bonjour. Il est là. Vite") == ["Bonjour. Il est là. Vite"]
    assert parts("Il fait froid. Non. Je dors dehors !") == ["Il fait froid.", "Non. Je dors dehors !"]
    many = parts("\n".join(f"une phrase numéro {at}" for at in range(2 * PARTS_MOST)))
    assert len(many) == PARTS_MOST
    assert f"numéro {2 * PARTS_MOST - 1}" in many[-1]
    assert parts("") == []


@pytest.mark.parametrize("seed", range(20))
def test_whatever_bytes_come_something_is_read(seed: int) -> None:
    chance = Random(seed)
    good = mail(ANSWER, html="<p>bonjour</p>")
    broken = bytearray(good)
    for _ in range(chance.randrange(1, 60)):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    assert isinstance(read_message(bytes(broken)).text, str)
    assert isinstance(read_message(chance.randbytes(2_000)).text, str)
    assert isinstance(read_message(bytes(broken[: chance.randrange(len(broken))])).text, str)


RULES = Urgencies(
    signals={
        "rue": Signal(name="rue", title="Rue", level=2, hear=("dors dehors",), worse=("bebe",)),
        "feu": Signal(name="feu", title="Feu", level=1, hear=("au feu",), now=True),
        "faim": Signal(name="faim", title="Faim", level=3, hear=("faim",)),
    },
    past=("l an dernier",),
)


def test_danger_is_found_in_any_sentence_however_long_the_message() -> None:
    long = "Je vous écris pour mon dossier de logement. " * 200 + "J'ai faim. Depuis lundi je dors dehors."
    alarm = Lookout(RULES).read_written(long)
    assert (alarm.level, alarm.danger, alarm.vulnerable) == (2, "rue", ("faim",))


def test_what_one_sentence_tells_of_the_past_silences_no_other() -> None:
    watch = Lookout(RULES)
    assert watch.read("l'an dernier on m'a aidé. Là c'est au feu chez moi").level == 4
    assert watch.read_written("L'an dernier on m'a aidé. Là c'est au feu chez moi.").level == 1
    assert watch.read_written("").level == 4
