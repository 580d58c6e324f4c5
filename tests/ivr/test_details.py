"""Details that a caller is asked for: said, typed, put right, confirmed; and never anything that holds the call up."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core import commands as c
from core import events as e
from core.centre import Centre
from core.personal import Personal
from core.script import Details
from core.text import say
from ivr import read_back
from ivr.decide import mind
from tests import centres
from tests.alone import A, Alone, Said, answered, arrived, names, only
from tests.ivr.test_dialogue import PATH, pressed, row
from tests.ivr.test_hearing import ROOM, danger, ended, understood

STEP = "precisions"
SKIPPED = say("renseignement.tant_pis")


def asked(
    *, room: bool = True, withheld: bool = False, centre: Centre | None = None, telling: tuple[e.Detail, ...] = ()
) -> Alone:
    """A said that it is about the RSA, with details perhaps, and is asked for the first that is wanted."""
    centre = centre or centres.inquiring()
    alone = Alone(mind, centre)
    for text in (*(say(key) for key in centre.texts["fr"]), *read_back.pieces_to_prepare(centre)):
        alone.tell(e.PromptReady(cause="speech", prompt=text.prompt("fr"), path=f"{PATH}/{spelt(text)}"))
    alone.tell(*([ROOM] if room else []), arrived(withheld=withheld), answered())
    alone.next()
    if room:
        understood(alone, "mon RSA", ("rsa", 95), details=telling)
    else:
        alone.tell(e.TopicTaken(cause="ivr", interaction=A, step="ouverte", topic="rsa", how="clear"))
    return alone


def spelt(text: Any) -> str:
    return "-".join((text.key, *text.values.values()))


def detail(kind: str, value: str, sure: int = 80) -> e.Detail:
    return e.Detail(kind=kind, value=Personal(A, "words", value), said=Personal(A, "words", value), confidence=sure)


def says(alone: Alone, words: str, *details: e.Detail, **reading: Any) -> list[Said]:
    return understood(alone, words, details=details, **reading)


def types(alone: Alone, keys: str) -> list[Said]:
    said: list[Said] = []
    for key in keys:
        said += alone.tell(pressed(key))
    return said


def over(alone: Alone) -> list[Said]:
    """What is being said is over, to the last word."""
    said: list[Said] = []
    while row(alone).playback:
        over = e.PlaybackEnded(cause="t", interaction=A, playback=row(alone).playback, completed=True)
        said += alone.tell(over, after_ms=100)
    return said


def read(order: c.HearCaller | c.PlayPrompt) -> list[str]:
    """The pieces that are read back."""
    return [path.rpartition("/")[2] for path in (order.read.text or "").split("\n")] if order.read else []


def taken(alone: Alone) -> dict[str, str | None]:
    return {kind: one.value.text for kind, one in row(alone).taken.items()}


def asks_for(said: list[Said]) -> str:
    """The detail of which the question is put, to whoever hears it."""
    return [one for one in said if isinstance(one, c.HearCaller)][-1].about


# -- said ---------------------------------------------------------------------------------------------------------


def test_a_detail_is_asked_heard_read_back_and_confirmed() -> None:
    alone = asked()
    assert (row(alone).step, row(alone).state) == (STEP, "hearing")
    said = says(alone, "versailles", detail("commune", "78646"))
    doubt = only(said, e.DetailDoubted)
    assert doubt.say == (read_back.UNDERSTOOD, read_back.READ_BACK, read_back.RIGHT)
    order = only(said, c.HearCaller)
    assert order.prompts == (f"{PATH}/renseignement.compris", "", f"{PATH}/renseignement.bien_cela")
    assert read(order) == ["renseignement.commune_dite-Versailles"]
    assert (order.about, order.so_far) == ("commune", Personal(A, "words", "78646"))
    said = says(alone, "oui c'est ça")
    assert (only(said, e.DetailTaken).how, taken(alone)) == ("confirmed", {"commune": "78646"})
    assert asks_for(said) == "birth_date", "their number shows: it is not asked"


def test_a_withheld_number_is_asked_and_read_back_in_pairs() -> None:
    alone = asked(withheld=True)
    says(alone, "versailles", detail("commune", "78646"))
    assert asks_for(says(alone, "oui")) == "telephone"
    said = says(alone, "zéro un", detail("telephone", "+33199000045"))
    assert read(only(said, c.HearCaller)) == [
        "chiffre.0",
        "chiffre.1",
        "renseignement.nombre-99",
        *["chiffre.0"] * 4,
        "renseignement.nombre-45",
    ]
    said = says(alone, "non, quarante-six", detail("telephone", "+33199000046", 70))
    assert (only(said, e.DetailDoubted).corrections, read(only(said, c.HearCaller))[-1]) == (
        1,
        "renseignement.nombre-46",
    )
    says(alone, "voilà")
    assert taken(alone)["telephone"] == "+33199000046"


def test_the_same_said_again_confirms_it_and_refused_it_does_not() -> None:
    alone = asked()
    says(alone, "versailles", detail("commune", "78646"))
    assert only(says(alone, "versailles oui", detail("commune", "78646")), e.DetailTaken).how == "confirmed"
    alone = asked()
    says(alone, "versailles", detail("commune", "78646"))
    assert only(says(alone, "non pas versailles", detail("commune", "78646")), e.ChoiceMissed).why == "not_that"


def test_no_without_more_asks_anew_and_a_second_time_goes_on_without() -> None:
    alone = asked()
    says(alone, "versailles", detail("commune", "78646"))
    said = says(alone, "non pas du tout")
    assert only(said, e.StepReached).say == (say("renseignement.commune"),)
    assert row(alone).proposed == ()
    says(alone, "trappes", detail("commune", "78621"))
    said = says(alone, "non")
    skipped = only(said, e.DetailSkipped)
    assert (skipped.kind, skipped.why) == ("commune", "not_understood")
    assert only(said, e.StepReached).say == (SKIPPED, say("renseignement.birth_date"))


def test_who_corrects_without_end_is_asked_anew() -> None:
    alone = asked()
    codes = ["78646", "78621"] * 3
    said = [says(alone, "non", detail("commune", code)) for code in codes]
    assert [names(one).count("DetailDoubted") for one in said] == [1, 1, 1, 1, 0, 1]
    assert only(said[4], e.ChoiceMissed).why == "not_understood"


def test_nothing_is_understood_twice_and_the_dialogue_goes_on() -> None:
    alone = asked()
    assert only(says(alone, "gloubi"), e.StepReached).say[0] == say("dialogue.pas_compris")
    assert only(ended(alone, "silence"), e.DetailSkipped).kind == "commune"
    for _ in range(3):
        ended(alone, "too_long")
    said = ended(alone, "silence")
    assert only(said, e.StepReached).step == "rsa"
    said = over(alone)
    assert only(said, e.NeedStated).need.queue == "rsa"
    assert row(alone).skipped == ("commune", "birth_date", "file_number")


@pytest.mark.parametrize(
    "words", ["je ne sais pas", "je ne l'ai pas", "j'ai pas mon dossier", "aucune idée", "je le connais pas"]
)
def test_who_does_not_know_it_is_not_asked_again(words: str) -> None:
    said = says(asked(), words)
    assert only(said, e.DetailSkipped).why == "unknown"
    assert asks_for(said) == "birth_date"


@pytest.mark.parametrize("words", ["je n'ai pas compris", "comment", "répétez", "j'ai pas entendu"])
def test_who_did_not_hear_it_is_asked_again(words: str) -> None:
    alone = asked()
    said = says(alone, words)
    assert (only(said, e.StepReached).attempt, asks_for(said)) == (1, "commune")
    says(alone, "versailles", detail("commune", "78646"))
    said = says(alone, words)
    assert read(only(said, c.HearCaller)) == ["renseignement.commune_dite-Versailles"]


def test_who_asks_for_a_person_gets_one_even_now() -> None:
    said = says(asked(), "je voudrais un conseiller", detail("commune", "78646"))
    assert only(said, e.ChoiceMade).choice == "conseiller"
    need = only(said, e.NeedStated).need
    assert (need.queue, need.topic) == ("generaliste", "rsa"), "what they called about is known"


def test_danger_turns_the_dialogue_here_as_anywhere() -> None:
    said = danger(asked(), "violence", 1)
    assert only(said, e.StepReached).say == (say("parole.danger"),)
    said = says(asked(), "il me frappe à versailles", detail("commune", "78646"), urgency=1, danger="violence")
    assert only(said, e.DangerTaken).danger == "violence"
    assert "DetailDoubted" not in names(said)


def test_what_cannot_be_read_back_is_taken_as_it_was_understood() -> None:
    alone = asked()
    alone.tell(
        e.PromptReady(
            cause="speech", prompt=read_back.pieces(centres.inquiring(), "commune", "78646")[0].prompt("fr"), path=None
        )
    )
    assert only(says(alone, "versailles", detail("commune", "78646", 70)), e.DetailTaken).how == "clear"


# -- said before --------------------------------------------------------------------------------------------------


def test_what_was_said_before_is_believed_if_it_is_sure_and_else_read_back() -> None:
    alone = asked(telling=(detail("commune", "78646", 90), detail("birth_date", "1946-03-14", 90)))
    assert taken(alone) == {"commune": "78646"}
    assert row(alone).proposed == (detail("birth_date", "1946-03-14", 90),)
    assert asks_for(says(alone, "oui")) == "file_number"


def test_what_was_said_before_and_refused_is_asked() -> None:
    alone = asked(telling=(detail("commune", "78646", 60),))
    said = says(alone, "non")
    assert only(said, e.StepReached).say == (say("renseignement.commune"),)
    assert row(alone).heard == {}


def test_the_number_of_several_people_is_asked_for() -> None:
    alone = asked()
    shared = e.CitizenFound(cause="crm", interaction=A, how="shared", record=None)
    alone.tell(shared)
    says(alone, "je ne sais pas")
    assert row(alone).step == STEP
    assert asks_for(says(alone, "je ne sais pas")) == "birth_date"


# -- one of several -----------------------------------------------------------------------------------------------

MANTES = (detail("commune", "78361", 30), detail("commune", "78362", 30))


@pytest.mark.parametrize(
    ("words", "heard", "code"),
    [
        ("mantes la ville", (MANTES[1],), "78362"),
        ("la première", (), "78361"),
        ("le second", (), "78362"),
    ],
)
def test_of_namesakes_they_choose_by_name_or_by_place(words: str, heard: tuple[e.Detail, ...], code: str) -> None:
    alone = asked()
    order = only(says(alone, "mantes", *MANTES), c.HearCaller)
    assert order.prompts == (f"{PATH}/renseignement.plusieurs", "")
    assert read(order) == [
        *("renseignement.commune_dite-Mantes-la-Jolie", "renseignement.tapez", "chiffre.1"),
        *("renseignement.commune_dite-Mantes-la-Ville", "renseignement.tapez", "chiffre.2"),
    ]
    assert only(says(alone, words, *heard), e.DetailTaken).how == "chosen"
    assert taken(alone) == {"commune": code}


def test_yes_to_several_says_nothing() -> None:
    alone = asked()
    says(alone, "mantes", *MANTES)
    assert only(says(alone, "oui"), e.ChoiceMissed).why == "not_understood"


def test_a_postcode_stands_for_its_communes_page_after_page() -> None:
    alone = asked()
    said = says(alone, "78999", detail("postcode", "78999"))
    assert len(only(said, e.DetailDoubted).details) == 12
    assert read(only(said, c.HearCaller))[-3:] == ["renseignement.autres", "renseignement.tapez", "chiffre.9"]
    assert read(only(said, c.HearCaller))[0] == "renseignement.commune_dite-Bourg-0"
    said = types(alone, "9")
    assert read(only(said, c.HearCaller))[0] == "renseignement.commune_dite-Bourg-8"
    types(alone, "2")
    assert taken(alone) == {"commune": "78909"}


# -- what becomes of it -------------------------------------------------------------------------------------------


def need_of(alone: Alone) -> e.Need:
    while row(alone).step == STEP:
        said = says(alone, "je ne sais pas")
    return only([*said, *over(alone)], e.NeedStated).need


def test_where_they_live_says_who_is_asked_for_whatever_the_record_says() -> None:
    found = e.CitizenFound(
        cause="crm",
        interaction=A,
        how="one",
        record=Personal(A, "record", "7"),
        commune=Personal(A, "record", "Trappes"),
    )
    alone = asked()
    says(alone, "versailles", detail("commune", "78646"))
    says(alone, "oui")
    alone.tell(found)
    need = need_of(alone)
    assert (need.sector, need.by_commune) == ("sud", False)
    assert need_of(asked()).by_commune


def test_after_a_crash_what_is_known_is_not_asked_again() -> None:
    alone = asked()
    says(alone, "versailles", detail("commune", "78646"))
    says(alone, "oui")
    leg = e.SeenLeg(leg=row(alone).leg, channel=row(alone).channel, up=True, held=False, bridged_with=None)
    alone.tell(e.CentreStarted(cause="runtime", release="1"))
    seen = e.NodeSeen(cause="telephony", node="nord", legs=(leg,), phones=frozenset())
    assert only(alone.tell(seen), e.StepReached).say == (say("renseignement.birth_date_touches"),)


def test_no_value_stands_in_the_open() -> None:
    """Orders and facts show nothing of it, neither as text nor as the name of a prompt."""
    alone = asked()
    said = [
        *says(alone, "versailles", detail("commune", "78646")),
        *says(alone, "oui"),
        *says(alone, "né le", detail("birth_date", "1946-03-14")),
        *types(alone, "2"),
        *types(alone, "14031946"),
        *types(alone, "1"),
    ]
    shown = repr([one for one in said if not isinstance(one, c.PreparePrompt)])
    for told in ("78646", "Versailles", "1946", "mois.3", "nombre-14", "14031946"):
        assert told not in shown, told


def test_every_piece_is_prepared_before_anybody_calls() -> None:
    alone = Alone(mind, centres.inquiring())
    said = alone.tell(e.CentreStarted(cause="runtime", release="1"))
    words = {one.words for one in said if isinstance(one, c.PreparePrompt)}
    assert {"10", "99", "Versailles", "mois.12", "chiffre.0"} <= words
    assert "99" not in {
        one.words
        for one in Alone(mind, centres.hearing()).tell(e.CentreStarted(cause="runtime", release="1"))
        if isinstance(one, c.PreparePrompt)
    }


def test_the_step_is_passed_over_where_everything_is_known() -> None:
    centre = centres.inquiring()
    script = centre.scripts["accueil"]
    step = script.steps[STEP]
    assert isinstance(step, Details)
    steps = {**script.steps, STEP: msgspec.structs.replace(step, slots=step.slots[1:2])}
    scripts = {"accueil": msgspec.structs.replace(script, steps=steps)}
    alone = asked(centre=msgspec.structs.replace(centre, scripts=scripts))
    assert row(alone).state == "waiting"
