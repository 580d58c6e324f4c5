"""A caller goes on in another language: by its key at any time, by its name, or as the records have it."""

from __future__ import annotations

import msgspec
import pytest

from core import commands as c
from core import events as e
from core.text import say
from ivr import tongues
from ivr.decide import mind
from tests import centres
from tests.alone import A, Alone, Said, answered, arrived, names, only
from tests.ivr.test_dialogue import pressed, row
from tests.ivr.test_hearing import ROOM, understood

CENTRE = centres.CENTRES["bilingue"]()
OFFER = say("langue.inviter", langue="en", touche="6")
BACK = say("langue.inviter", langue="fr", touche="6")


def begun(room: e.SpeechCapacity = ROOM) -> Alone:
    """The first words are said; every prompt is ready in both languages."""
    alone = Alone(mind, CENTRE)
    for order in alone.tell(e.CentreStarted(cause="t", release="1")):
        if isinstance(order, c.PreparePrompt):
            alone.tell(e.PromptReady(cause="speech", prompt=order.prompt, path=f"/p/{order.language}/{order.text.key}"))
    alone.tell(room, arrived(), answered())
    alone.next()
    return alone


def played(alone: Alone) -> list[Said]:
    return alone.tell(
        e.PlaybackEnded(cause="t", interaction=A, playback=f"{A}-p{row(alone).playbacks}", completed=True)
    )


def asked(room: e.SpeechCapacity = ROOM) -> Alone:
    """They are asked what they want."""
    alone = begun(room)
    while row(alone).state == "speaking":
        played(alone)
    return alone


def found(language: str, how: e.Found = "one") -> e.CitizenFound:
    return e.CitizenFound(cause="crm", interaction=A, how=how, record=None, language=language)


# -- by key -----------------------------------------------------------------------------------------------------------


def test_each_language_is_offered_in_itself_by_its_own_voice() -> None:
    alone = begun()
    played(alone)
    said = played(alone)
    assert only(said, e.StepReached).say == (OFFER,)
    assert only(said, c.PlayPrompt).path == "/p/en/langue.inviter"


def test_its_key_puts_the_question_again_in_that_language_after_the_danger() -> None:
    alone = asked(e.SpeechCapacity(cause="speech", streams=0, model=""))
    assert row(alone).step == "menu"
    said = alone.tell(pressed("6"))
    assert only(said, e.LanguageChosen).how == "key"
    assert only(said, e.StepReached).say == (say("accueil.danger"), say("menu.choix"))
    assert only(said, c.PlayPrompt).path == "/p/en/accueil.danger"
    assert only(played(alone), c.PlayPrompt).path == "/p/en/menu.choix"


def test_the_same_key_leads_back_and_says_so_in_the_language_of_the_service() -> None:
    alone = begun()
    alone.tell(pressed("6"))
    assert row(alone).language == "en"
    for _ in range(2):
        said = played(alone)
    assert only(said, e.StepReached).say == (BACK,)
    assert only(said, c.PlayPrompt).path == "/p/fr/langue.inviter"
    alone.tell(pressed("6"))
    assert row(alone).language == "fr"


def test_a_step_that_tells_of_danger_does_not_tell_it_twice() -> None:
    said = begun().tell(pressed("6"))
    assert only(said, e.StepReached).say == (say("accueil.bienvenue"), say("accueil.danger"))


def test_a_key_pressed_before_the_first_word_is_heard() -> None:
    alone = Alone(mind, CENTRE)
    alone.tell(arrived(), answered(), pressed("6"))
    said = alone.next()
    assert only(said, e.LanguageChosen).language == "en"
    assert row(alone).language == "en"


def test_whoever_is_heard_is_no_longer_listened_to_in_the_other_language() -> None:
    alone = asked()
    assert row(alone).state == "hearing"
    said = alone.tell(pressed("6"))
    assert only(said, c.StopHearing)
    again = only(said, c.HearCaller)
    assert (again.language, again.prompts) == ("en", ("/p/en/accueil.danger", "/p/fr/parole.question"))


def test_without_a_model_of_that_language_they_are_asked_by_keys() -> None:
    alone = asked()
    order = only(alone.tell(pressed("6")), c.HearCaller)
    refused = e.HearingEnded(cause="speech", interaction=A, listening=order.listening, why="refused")
    assert only(alone.tell(refused), e.StepReached).step == "menu"


def test_a_script_without_languages_knows_no_such_key() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), answered(), pressed("6"))
    assert "LanguageChosen" not in names(alone.next())


# -- by name ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["anglais", "en anglais", "english please", "vous parlez anglais"])
def test_whoever_names_a_language_has_it(words: str) -> None:
    said = understood(asked(), words)
    assert (only(said, e.LanguageChosen).language, only(said, e.LanguageChosen).how) == ("en", "said")


@pytest.mark.parametrize(
    "words",
    [
        "je ne parle pas anglais",
        "espagnol",  # not on offer
        "français",  # spoken already
        "mon fils apprend l'anglais au collège et il faudrait une aide pour ses cours",
        "",
    ],
)
def test_whoever_only_speaks_of_one_does_not(words: str) -> None:
    assert "LanguageChosen" not in names(understood(asked(), words))


def test_danger_goes_before_the_language() -> None:
    said = understood(asked(), "anglais il me frappe", danger="violence", urgency=1)
    assert "DangerTaken" in names(said)
    assert "LanguageChosen" not in names(said)


# -- by the records ---------------------------------------------------------------------------------------------------


def test_what_the_records_say_holds_from_the_next_words_on() -> None:
    alone = begun()
    said = alone.tell(found("en"))
    assert names(said) == ["LanguageChosen"]
    assert only(played(alone), c.PlayPrompt).path == "/p/en/accueil.danger"


@pytest.mark.parametrize("fact", [found("en", "shared"), found("pt"), found("fr"), found("")])
def test_a_shared_number_or_a_language_that_is_not_offered_changes_nothing(fact: e.CitizenFound) -> None:
    assert begun().tell(fact) == []


def test_who_has_chosen_is_not_overruled_by_the_records() -> None:
    alone = begun()
    alone.tell(pressed("6"), pressed("6"))
    assert alone.tell(found("en")) == []
    assert row(alone).language == "fr"


# -- afterwards -------------------------------------------------------------------------------------------------------


def test_the_language_is_part_of_the_need() -> None:
    alone = asked()
    alone.tell(pressed("6"))
    assert only(alone.tell(pressed("0")), e.NeedStated).need.language == "en"


def test_what_a_language_lacks_is_said_by_the_voice_of_the_services() -> None:
    assert tongues.tongue(CENTRE, say("menu.choix"), "en") == "en"
    assert tongues.tongue(CENTRE, say("transfert.rsa"), "en") == "fr"
    assert tongues.tongue(CENTRE, BACK, "en") == "fr"


# -- while waiting ----------------------------------------------------------------------------------------------------

DUE = e.AnnouncementDue(
    cause="t", interaction=A, say=(say("attente.prochain"), say("attente.plus_longue")), next_at_ms=0
)
ANEW = msgspec.structs.replace(DUE, say=(say("menu.choix"), BACK), anew=True)


def waiting() -> Alone:
    """They asked for a person, and hear music."""
    alone = asked()
    alone.tell(pressed("0"))
    assert row(alone).state == "waiting"
    return alone


def told(alone: Alone) -> list[Said]:
    """They are taken out of the music, to be told how they stand."""
    return alone.tell(DUE, e.CallerReturned(cause="t", interaction=A, leg=row(alone).leg))


def test_who_waits_has_the_language_by_its_key_and_no_step_anew() -> None:
    alone = waiting()
    assert names(alone.tell(pressed("6"))) == ["LanguageChosen"]
    assert row(alone).language == "en"
    assert only(alone.tell(pressed("6")), e.LanguageChosen).language == "fr"


def test_what_is_being_said_gives_way_to_what_is_said_in_their_language() -> None:
    alone = waiting()
    before = only(told(alone), c.PlayPrompt)
    assert before.path == "/p/fr/attente.prochain"
    alone.tell(pressed("6"))
    assert only(alone.tell(ANEW), c.PlayPrompt).path == "/p/en/menu.choix"
    gave_way = e.PlaybackEnded(cause="t", interaction=A, playback=before.playback, completed=False)
    assert alone.tell(gave_way) == []
    assert only(played(alone), c.PlayPrompt).path == "/p/fr/langue.inviter"
    assert names(played(alone)) == ["AnnouncementEnded"]


def test_what_is_being_said_goes_on_where_nothing_was_chosen() -> None:
    alone = waiting()
    told(alone)
    assert alone.tell(msgspec.structs.replace(ANEW, anew=False)) == []
    assert only(played(alone), c.PlayPrompt).path == "/p/fr/attente.plus_longue"


@pytest.mark.parametrize("other", ["5", "#", "0"])
def test_other_keys_mean_no_language_while_waiting(other: str) -> None:
    assert waiting().tell(pressed(other)) == []


def test_whoever_talks_with_an_agent_presses_for_the_agent_alone() -> None:
    alone = waiting()
    alone.tell(e.CallConnected(cause="t", interaction=A, agent="alice", leg=f"{A}-a1"))
    assert alone.tell(pressed("6")) == []


def test_who_lost_the_agent_hears_that_first() -> None:
    alone = waiting()
    alone.state.change(A, cut_off=True)
    assert alone.tell(pressed("6")) == []
