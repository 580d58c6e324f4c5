"""The question answered in the caller's own words: understood, asked back, given up to keys; danger before all."""

from __future__ import annotations

import pytest

from core import commands as c
from core import events as e
from core import ids
from core.personal import Personal
from core.text import say
from ivr.decide import mind
from tests import centres
from tests.alone import A, Alone, Said, answered, arrived, names, only
from tests.ivr.test_dialogue import PATH, pressed, row

ROOM = e.SpeechCapacity(cause="speech", streams=8, model="essai")


def ready(alone: Alone) -> Alone:
    for key in centres.hearing().texts["fr"]:
        if "{" not in centres.hearing().texts["fr"][key]:
            alone.tell(e.PromptReady(cause="speech", prompt=f"fr/{key}", path=f"{PATH}/{key}"))
    return alone


def asked(room: e.SpeechCapacity = ROOM) -> tuple[Alone, list[Said]]:
    """A is asked what they want, in their own words."""
    alone = ready(Alone(mind, centres.hearing()))
    alone.tell(room)
    alone.tell(arrived(), answered())
    return alone, alone.next()


def hearing() -> Alone:
    alone, _ = asked()
    return alone


def understood(alone: Alone, words: str, *topics: tuple[str, int], **reading: object) -> list[Said]:
    """What was said, and the topics that it may be about, each with its confidence."""
    candidates = tuple(e.Candidate(topic=topic, confidence=confidence) for topic, confidence in topics)
    first = topics[0] if topics else ("", 0)
    meant = e.Understanding(
        **{"topic": first[0], "confidence": first[1], "candidates": candidates, "in_scope": bool(topics), **reading}
    )
    said = alone.tell(
        e.SpeechUnderstood(
            cause="speech",
            interaction=A,
            listening=row(alone).listening,
            words=Personal(A, "words", words),
            reading=meant,
        )
    )
    for order in [one for one in said if isinstance(one, c.PreparePrompt)]:
        said += alone.tell(e.PromptReady(cause="speech", prompt=order.prompt, path=f"{PATH}/{order.text.key}"))
    return said


def ended(alone: Alone, why: e.HearingOver) -> list[Said]:
    return alone.tell(e.HearingEnded(cause="speech", interaction=A, listening=row(alone).listening, why=why))


def test_the_question_is_said_by_whoever_hears_and_the_sound_is_led_there() -> None:
    alone, said = asked()
    order = only(said, c.HearCaller)
    assert (order.prompts, order.only, order.language) == ((f"{PATH}/parole.question",), (), "fr")
    assert (order.listening, row(alone).state) == (ids.listening(A, 1), "hearing")
    placed = e.HearingPlaced(cause="speech", interaction=A, listening=order.listening, address="127.0.0.1:9000")
    sound = only(alone.tell(placed), c.OpenSpeech)
    assert (sound.channel, sound.address, sound.listening) == (row(alone).channel, "127.0.0.1:9000", order.listening)
    assert "PlayPrompt" not in names(said)


def test_words_that_are_not_spoken_yet_are_waited_for() -> None:
    alone = Alone(mind, centres.hearing())
    alone.tell(ROOM, arrived(), answered())
    said = alone.next()
    assert only(said, e.PromptAwaited).prompt == "fr/parole.question"
    said = alone.tell(e.PromptReady(cause="speech", prompt="fr/parole.question", path=PATH))
    assert only(said, c.HearCaller).prompts == (PATH,)


@pytest.mark.parametrize("room", [None, e.SpeechCapacity(cause="speech", streams=0, model="", why="aucun modèle")])
def test_where_nobody_can_be_heard_they_are_asked_by_keys_at_once(room: e.SpeechCapacity | None) -> None:
    alone = ready(Alone(mind, centres.hearing()))
    alone.tell(*([ROOM, room] if room is not None else []), arrived(), answered())
    said = alone.next()
    assert only(said, e.StepReached).step == "menu"
    assert only(said, c.PlayPrompt).path == f"{PATH}/menu.choix"


def test_a_new_process_hears_nobody_until_it_says_so() -> None:
    alone = ready(Alone(mind, centres.hearing()))
    alone.tell(ROOM)
    assert alone.state.hears
    alone.tell(e.CentreStarted(cause="runtime", release="1"))
    assert not alone.state.hears


def test_what_is_said_clearly_is_taken_as_said() -> None:
    alone = hearing()
    said = understood(alone, "mon RSA n'est pas tombé", ("rsa", 91), ("apa", 4))
    taken = only(said, e.TopicTaken)
    assert (taken.topic, taken.how) == ("rsa", "clear")
    assert only(said, e.NeedStated).need.queue == "rsa"
    assert row(alone).choices["ouverte"] == "rsa"


def test_a_topic_without_a_step_of_its_own_goes_where_its_group_goes_and_is_told_on() -> None:
    said = understood(hearing(), "je ne peux plus payer mon loyer", ("fsl", 88))
    need = only(said, e.NeedStated).need
    assert (need.queue, need.topic) == ("generaliste", "fsl")


def test_what_leads_nowhere_is_not_understood() -> None:
    said = understood(hearing(), "l'apa de ma mère", ("apa", 95))
    assert only(said, e.ChoiceMissed).why == "not_understood"
    assert only(said, e.StepReached).say == (say("dialogue.pas_compris"), say("parole.question"))


def doubting(*topics: tuple[str, int]) -> tuple[Alone, list[Said]]:
    alone = hearing()
    return alone, understood(alone, "euh l'aide là", *topics)


def test_what_is_unsure_is_asked_back_and_yes_confirms_it() -> None:
    alone, said = doubting(("rsa", 55), ("fsl", 20))
    doubt = only(said, e.TopicDoubted)
    assert (doubt.topics, doubt.say) == (("rsa",), (say("dialogue.confirmer", sujet="le RSA"),))
    again = only(said, c.HearCaller)
    assert (again.listening, again.prompts) == (ids.listening(A, 2), (f"{PATH}/dialogue.confirmer",))
    assert "oui" in again.only
    taken = only(understood(alone, "oui voilà"), e.TopicTaken)
    assert (taken.topic, taken.how) == ("rsa", "confirmed")


def test_no_asks_anew_without_a_reproach() -> None:
    alone, _ = doubting(("rsa", 55))
    said = understood(alone, "ah non pas du tout")
    assert only(said, e.ChoiceMissed).why == "not_that"
    assert only(said, e.StepReached).say == (say("parole.question"),)
    assert row(alone).doubted == ()


@pytest.mark.parametrize(("words", "topic"), [("la deuxième", "fsl"), ("le premier oui", "rsa"), ("oui", "rsa")])
def test_of_two_that_are_close_the_caller_chooses(words: str, topic: str) -> None:
    alone, said = doubting(("rsa", 50), ("fsl", 40))
    assert only(said, e.TopicDoubted).say == (say("dialogue.lequel", premier="le RSA", second="l'aide au logement"),)
    taken = only(understood(alone, words), e.TopicTaken)
    assert (taken.topic, taken.how) == (topic, "chosen")


@pytest.mark.parametrize(("key", "topic"), [("1", "rsa"), ("2", "fsl")])
def test_what_is_asked_back_is_answered_by_key_as_well(key: str, topic: str) -> None:
    alone, _ = doubting(("rsa", 50), ("fsl", 40))
    listening = row(alone).listening
    said = alone.tell(pressed(key))
    assert only(said, e.TopicTaken).topic == topic
    assert only(said, c.StopHearing).listening == listening


def test_two_is_no_to_a_single_topic() -> None:
    alone, _ = doubting(("rsa", 50))
    assert only(alone.tell(pressed("2")), e.ChoiceMissed).why == "not_that"


def test_said_otherwise_instead_of_yes_or_no_it_is_understood_anew() -> None:
    alone, _ = doubting(("rsa", 50))
    said = understood(alone, "c'est pour payer mon loyer je suis en retard", ("fsl", 90))
    assert only(said, e.TopicTaken).topic == "fsl"


def test_what_is_unsure_twice_is_not_understood_and_nobody_is_asked_back_for_ever() -> None:
    alone, _ = doubting(("rsa", 50))
    said = understood(alone, "c'est pour l'aide que je touche avec ma fille", ("fsl", 50))
    assert only(said, e.ChoiceMissed).why == "not_understood"
    assert "TopicDoubted" not in names(said)


def test_after_two_failures_keys_take_over() -> None:
    alone = hearing()
    assert only(understood(alone, "gloubi"), e.StepReached).attempt == 2
    said = understood(alone, "boulga")
    assert only(said, e.StepReached).step == "menu"


def test_silence_is_asked_once_more_then_keys_take_over() -> None:
    alone = hearing()
    said = ended(alone, "silence")
    assert only(said, e.ChoiceMissed).why == "silence"
    assert only(said, e.StepReached).say[0] == say("dialogue.silence_parole")
    assert only(ended(alone, "silence"), e.StepReached).step == "menu"


def test_who_speaks_without_end_was_not_understood() -> None:
    assert only(ended(hearing(), "too_long"), e.ChoiceMissed).why == "not_understood"


@pytest.mark.parametrize("why", ["refused", "failed"])
def test_where_hearing_breaks_keys_take_over_and_no_attempt_is_lost(why: e.HearingOver) -> None:
    said = ended(hearing(), why)
    assert "ChoiceMissed" not in names(said)
    assert only(said, e.StepReached).step == "menu"


def test_an_order_that_comes_to_nothing_is_a_hearing_that_broke() -> None:
    alone, said = asked()
    failed = e.OrderFailed(
        cause="telephony", order="o", command=only(said, c.HearCaller), reason="mort", retryable=False
    )
    assert only(alone.tell(failed), e.StepReached).step == "menu"


def test_whoever_hears_and_falls_silent_is_given_up() -> None:
    alone = hearing()
    said = alone.next()
    assert only(said, e.HearingEnded).why == "failed"
    assert only(said, c.StopHearing).listening == ids.listening(A, 1)
    assert only(said, e.StepReached).step == "menu"


def test_a_key_answers_at_any_time_and_ends_the_hearing() -> None:
    alone = hearing()
    said = alone.tell(pressed("0"))
    assert only(said, e.ChoiceMade).choice == "conseiller"
    assert "StopHearing" in names(said)
    assert only(said, e.NeedStated).need.queue == "generaliste"


def test_a_key_that_stands_for_nothing_is_told_and_asked_again() -> None:
    alone = hearing()
    said = alone.tell(pressed("7"))
    assert only(said, e.ChoiceMissed).why == "wrong_key"
    assert only(said, e.StepReached).say[0] == say("dialogue.touche_inconnue")


def test_the_silent_key_leads_who_may_not_be_heard_to_help() -> None:
    alone = hearing()
    said = alone.tell(pressed("*"))
    assert only(said, e.StepReached).step == "urgence"


@pytest.mark.parametrize("words", ["je voudrais parler à un conseiller", "un agent s'il vous plaît", "quelqu'un"])
def test_who_asks_for_a_person_gets_one_whatever_else_was_understood(words: str) -> None:
    said = understood(hearing(), words, ("rsa", 80))
    assert only(said, e.ChoiceMade).choice == "conseiller"
    assert "TopicTaken" not in names(said)


def test_it_is_said_again_to_who_asks_and_no_attempt_is_lost() -> None:
    alone = hearing()
    again = only(understood(alone, "pardon vous pouvez répéter"), e.StepReached)
    assert (again.attempt, again.say) == (1, (say("parole.question"),))


def danger(alone: Alone, kind: str, urgency: e.Urgency) -> list[Said]:
    return alone.tell(
        e.DangerHeard(
            cause="speech",
            interaction=A,
            listening=row(alone).listening,
            urgency=urgency,
            danger=kind,
            confidence=95,
        )
    )


def test_danger_turns_the_dialogue_while_they_still_speak() -> None:
    alone = hearing()
    said = danger(alone, "violence", 1)
    assert only(said, e.DangerTaken).danger == "violence"
    assert only(said, c.StopHearing).listening == ids.listening(A, 1)
    assert only(said, e.StepReached).say == (say("parole.danger"),)
    said = alone.tell(e.PlaybackEnded(cause="t", interaction=A, playback=row(alone).playback, completed=True))
    need = only(said, e.NeedStated).need
    assert (need.emergency, need.priority) == (True, 1)


def test_danger_of_another_kind_goes_where_any_does_and_comes_sooner() -> None:
    need = only(danger(hearing(), "suicide", 2), e.NeedStated).need
    assert (need.queue, need.priority, need.emergency) == ("generaliste", 1, False)


def test_danger_that_only_the_whole_says_goes_before_its_topic() -> None:
    said = understood(hearing(), "il me frappe", ("rsa", 90), urgency=1, danger="violence")
    assert only(said, e.DangerTaken).urgency == 1
    assert "TopicTaken" not in names(said)


def test_who_is_vulnerable_comes_sooner_and_goes_where_they_asked_to() -> None:
    said = understood(hearing(), "je n'ai plus rien à manger", ("rsa", 90), urgency=3, vulnerable=("ressources",))
    assert "DangerTaken" not in names(said)
    assert only(said, e.NeedStated).need.priority == 3


def test_what_was_heard_of_an_earlier_question_changes_nothing() -> None:
    alone = hearing()
    late = e.HearingEnded(cause="speech", interaction=A, listening=ids.listening(A, 7), why="silence")
    assert alone.tell(late) == []
    assert danger_of_before(alone) == []


def danger_of_before(alone: Alone) -> list[Said]:
    return alone.tell(
        e.DangerHeard(
            cause="speech", interaction=A, listening=ids.listening(A, 9), urgency=1, danger="violence", confidence=99
        )
    )


def test_who_hangs_up_while_speaking_is_gone() -> None:
    alone = hearing()
    gone = e.LegEnded(cause="telephony", interaction=A, leg=row(alone).leg, reason="hung_up", code=16)
    assert only(alone.tell(gone), e.DialogueEnded).how == "gone"


def test_after_a_crash_the_question_is_put_anew_by_keys_until_hearing_is_back() -> None:
    alone = hearing()
    leg = e.SeenLeg(leg=row(alone).leg, channel=row(alone).channel, up=True, held=False, bridged_with=None)
    alone.tell(e.CentreStarted(cause="runtime", release="1"))
    seen = e.NodeSeen(cause="telephony", node="nord", legs=(leg,), phones=frozenset())
    assert only(alone.tell(seen), e.StepReached).step == "menu"
