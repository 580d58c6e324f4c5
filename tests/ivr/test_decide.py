"""What is said, asked and understood."""

from __future__ import annotations

import msgspec
import pytest

from core import commands as c
from core import events as e
from core import ids, limits
from core.text import Text, say
from ivr.decide import NOTED, mind
from tests import centres
from tests.alone import A_LEG, A, Alone, Said, answered, arrived, ended, leg_seen, names, need, only, seen
from tests.ivr.test_dialogue import pressed, row, speaking


def played(number: int, *, completed: bool = True) -> e.PlaybackEnded:
    return e.PlaybackEnded(cause="telephony", interaction=A, playback=f"{A}-p{number}", completed=completed)


def listening() -> Alone:
    alone = speaking()
    alone.tell(played(1), played(2))
    assert row(alone).state == "listening"
    return alone


def waiting() -> Alone:
    alone = speaking()
    alone.tell(pressed("0"), played(1, completed=False))
    assert row(alone).state == "waiting"
    return alone


def broken(fact: str = "PlaybackEnded") -> e.Broken:
    return e.Broken(cause="kernel", mind="ivr", fact=fact, error="Bug", interaction=A)


# -- words ------------------------------------------------------------------------------------------------------------


def test_a_call_is_greeted_by_its_services_script_once() -> None:
    alone = Alone(mind)
    started = only(alone.tell(arrived()), e.DialogueStarted)
    assert (started.service, started.script, started.digest) == ("solidarites", "accueil", "petit")
    assert alone.tell(arrived()) == []


def test_the_first_words_come_after_the_answer() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), e.PromptReady(cause="s", prompt="fr/accueil.bienvenue", path="/p/bienvenue"), answered())
    said = alone.next()
    assert names(said) == ["StepReached", "PlaybackStarted", "PlayPrompt"]
    order = only(said, c.PlayPrompt)
    assert (order.path, order.playback) == ("/p/bienvenue", f"{A}-p1")


def test_words_follow_one_another_and_branches_say_nothing() -> None:
    said = speaking().tell(played(1))
    assert [one.step for one in said if isinstance(one, e.StepReached)] == ["numero", "menu"]
    assert only(said, c.PlayPrompt).playback == f"{A}-p2"


def test_a_withheld_number_takes_its_branch() -> None:
    alone = speaking()
    alone.state.change(A, caller_known=False)
    said = alone.tell(played(1))
    assert [one.step for one in said if isinstance(one, e.StepReached)] == ["numero", "masque"]


def test_a_key_skips_what_was_still_to_be_said_and_other_cuts_do_not() -> None:
    for key, then in (("1", "vers_rsa"), (None, "bienvenue")):
        alone = speaking()
        alone.state.change(A, say=(say("horaires"),))
        if key is not None:
            alone.tell(pressed(key))
        alone.tell(played(1, completed=False))
        assert row(alone).step == then


def test_a_key_that_was_told_before_the_words_does_not_cut_what_it_led_to() -> None:
    alone = speaking()
    cut = e.PlaybackEnded(cause="telephony", interaction=A, playback=f"{A}-p1", completed=False, pressed=True)
    again = alone.tell(cut)
    assert names(again) == ["PlaybackStarted", "PlayPrompt"]
    assert (row(alone).step, only(again, c.PlayPrompt).playback) == ("bienvenue", f"{A}-p2")
    alone.tell(msgspec.structs.replace(cut, playback=f"{A}-p2"))
    assert row(alone).step == "menu", "once: it cannot be said for ever"


def test_an_old_playbacks_end_means_nothing() -> None:
    alone = speaking()
    alone.tell(played(1))
    assert alone.tell(played(1), played(9)) == []


def test_words_that_never_end_are_taken_for_said() -> None:
    alone = speaking()
    said = alone.next()
    assert alone.now_ms >= centres.START_MS + limits.PROMPT_LONGEST_MS
    assert only(said, c.PlayPrompt).playback == f"{A}-p2"


def test_words_that_are_not_ready_are_ordered_and_waited_for() -> None:
    alone = speaking()
    alone.state.prompts.drop("fr/menu.choix")
    said = alone.tell(played(1))
    order = only(said, c.PreparePrompt)
    assert (order.prompt, order.language, order.words) == ("fr/menu.choix", "fr", centres.TEXTS["menu.choix"])
    assert only(said, e.PromptAwaited).until_at_ms == alone.now_ms + limits.PROMPT_READY_MS
    ready = alone.tell(e.PromptReady(cause="speech", prompt="fr/menu.choix", path="/p"))
    assert only(ready, c.PlayPrompt).path == "/p"


def test_words_that_do_not_come_in_time_are_left_out() -> None:
    alone = speaking()
    alone.state.prompts.drop("fr/menu.choix")
    alone.tell(played(1))
    said = alone.next()
    assert only(said, e.ListeningStarted).until_at_ms == alone.now_ms + 5_000
    assert alone.now_ms - centres.START_MS < 5_000


def test_places_in_a_text_are_filled_before_it_is_spoken() -> None:
    alone = waiting()
    text = say("attente.position", position="3")
    alone.tell(e.AnnouncementDue(cause="acd", interaction=A, say=(text,), next_at_ms=1))
    said = alone.tell(e.CallerReturned(cause="t", interaction=A, leg=A_LEG))
    assert only(said, c.PreparePrompt).words == "Vous êtes en position 3."


def test_a_language_or_a_text_that_is_no_more_breaks_nothing() -> None:
    alone = speaking()
    alone.state.prompts.drop("fr/menu.choix")
    alone.state.change(A, language="uk")
    order = only(alone.tell(played(1)), c.PreparePrompt)
    assert (order.language, order.words) == ("fr", centres.TEXTS["menu.choix"])


@pytest.mark.parametrize("retryable", [True, False])
def test_words_that_cannot_be_played_are_over_unless_the_link_is_down(retryable: bool) -> None:
    alone = speaking()
    order = c.PlayPrompt(cause="t", interaction=A, leg=A_LEG, channel="c", playback=f"{A}-p1", path="/p", read=None)
    failed = e.OrderFailed(cause="t", order="1.1", command=order, reason="r", retryable=retryable)
    said = alone.tell(failed)
    assert (said == []) == retryable
    if not retryable:
        assert only(said, c.PlayPrompt).playback == f"{A}-p2"


# -- questions --------------------------------------------------------------------------------------------------------


def test_a_question_listens_after_its_words() -> None:
    alone = speaking()
    said = alone.tell(played(1), played(2))
    assert only(said, e.ListeningStarted).until_at_ms == alone.now_ms + 5_000


def test_a_key_that_the_question_knows_is_a_choice() -> None:
    said = listening().tell(pressed("1"))
    assert only(said, e.ChoiceMade).choice == "rsa"
    assert only(said, e.StepReached).step == "vers_rsa"


def test_a_key_during_the_words_cuts_them_and_their_late_end_means_nothing() -> None:
    alone = speaking()
    alone.tell(played(1))
    assert only(alone.tell(pressed("1")), c.PlayPrompt).playback == f"{A}-p3"
    assert alone.tell(played(2, completed=False)) == []


def test_a_key_before_the_question_answers_it() -> None:
    alone = speaking()
    assert alone.tell(pressed("1")) == []
    said = alone.tell(played(1, completed=False))
    assert only(said, e.ChoiceMade).choice == "rsa"


def test_a_key_before_the_question_that_it_does_not_know_is_no_answer() -> None:
    alone = speaking()
    alone.tell(pressed("7"), played(1, completed=False))
    assert names(alone.tell(played(2))) == ["ListeningStarted"]


def test_a_wrong_key_is_said_and_the_question_put_again() -> None:
    said = listening().tell(pressed("7"))
    assert only(said, e.ChoiceMissed).why == "wrong_key"
    step = only(said, e.StepReached)
    assert (step.attempt, [text.key for text in step.say]) == (2, ["dialogue.touche_inconnue", "menu.choix"])


def test_silence_is_said_and_after_some_attempts_somebody_answers() -> None:
    alone = listening()
    first = alone.next()
    assert only(first, e.ChoiceMissed).why == "silence"
    alone.tell(played(3), played(4))
    last = alone.next()
    assert only(last, e.NeedStated).need.queue == "generaliste"
    assert only(last, e.DialogueEnded).how == "handed_over"


def test_asking_to_hear_it_again_counts_as_no_attempt() -> None:
    said = listening().tell(pressed("9"))
    assert only(said, e.StepReached).attempt == 1


def test_a_need_says_all_that_the_script_says() -> None:
    alone = Alone(mind, centres.specialised())
    for key in centres.TEXTS:
        alone.tell(e.PromptReady(cause="s", prompt=f"fr/{key}", path="/p"))
    alone.tell(arrived(), answered())
    alone.next()
    alone.tell(pressed("1"), played(1, completed=False))
    stated = only(alone.tell(played(2)), e.NeedStated).need
    assert (stated.queue, stated.topic, stated.priority, stated.language) == ("rsa", "rsa", 5, "fr")
    assert [(skill.name, skill.level) for skill in stated.skills] == [("rsa", 3)]


def test_a_caller_who_has_their_answer_is_let_go() -> None:
    alone = listening()
    alone.tell(pressed("2"))
    assert only(alone.tell(played(3)), e.DialogueEnded).how == "resolved"


def test_a_caller_who_leaves_ends_the_dialogue_and_an_agent_does_not() -> None:
    alone = speaking()
    assert alone.tell(ended(A, f"{A}-a1")) == []
    assert only(alone.tell(ended()), e.DialogueEnded).how == "gone"


# -- waiting ----------------------------------------------------------------------------------------------------------


def due() -> e.AnnouncementDue:
    return e.AnnouncementDue(cause="acd", interaction=A, say=(say("attente.prochain"),), next_at_ms=1)


def test_a_waiting_caller_is_told_once_they_are_back_and_goes_back() -> None:
    alone = waiting()
    assert alone.tell(due()) == []
    said = alone.tell(e.CallerReturned(cause="t", interaction=A, leg=A_LEG))
    number = row(alone).playbacks
    assert only(said, e.PlaybackStarted).prompt == "fr/attente.prochain"
    assert names(alone.tell(played(number))) == ["AnnouncementEnded"]


def test_a_caller_back_without_anything_to_be_told_is_told_nothing() -> None:
    assert waiting().tell(e.CallerReturned(cause="t", interaction=A, leg=A_LEG)) == []


def lost() -> e.AgentLost:
    return e.AgentLost(
        cause="calls", interaction=A, agent="alice", service="solidarites", leg=A_LEG, channel="c", why="phone_gone"
    )


def back() -> e.CallerReturned:
    return e.CallerReturned(cause="t", interaction=A, leg=A_LEG)


def test_whom_a_fault_took_the_agent_from_is_told_so_once_they_are_back_and_nothing_else() -> None:
    alone = waiting()
    number = row(alone).playbacks
    alone.tell(e.CallConnected(cause="calls", interaction=A, agent="alice", leg=f"{A}-a1"), lost())
    alone.tell(e.NeedStated(cause="calls", interaction=A, need=need(priority=0)), due())
    assert only(alone.tell(back()), e.PlaybackStarted).prompt == "fr/attente.coupure"
    assert names(alone.tell(played(number + 1))) == ["AnnouncementEnded"]
    assert alone.tell(due(), back()) == []
    alone.tell(e.CallConnected(cause="calls", interaction=A, agent="bruno", leg=f"{A}-a2"))
    assert row(alone).state == "over"


def test_whom_an_agent_had_called_is_told_so_too() -> None:
    alone = Alone(mind)
    alone.tell(e.PromptReady(cause="speech", prompt="fr/attente.coupure", path="/p"), lost())
    said = alone.tell(back())
    assert only(said, e.PlaybackStarted).prompt == "fr/attente.coupure"


def test_a_noted_callback_is_said_then_the_caller_let_go() -> None:
    alone = waiting()
    number = row(alone).playbacks
    noted = e.CallbackNoted(cause="calls", interaction=A, queue="rsa", number=pressed("1").key)
    said = alone.tell(noted)
    assert only(said, e.StepReached).say == (NOTED,)
    assert alone.tell(pressed("1")) == []
    assert only(alone.tell(played(number + 1)), e.DialogueEnded).how == "resolved"


# -- faults -----------------------------------------------------------------------------------------------------------


def test_a_journal_that_does_not_keep_sends_new_callers_to_a_person() -> None:
    alone = Alone(mind)
    alone.tell(e.JournalAlarm(cause="journal", kept=False, reason="plein"))
    stated = only(alone.tell(arrived()), e.NeedStated).need
    assert (stated.queue, stated.priority) == ("generaliste", 1)


def test_a_bug_sends_whoever_is_in_our_hands_to_a_person() -> None:
    for alone in (speaking(), listening()):
        assert only(alone.tell(broken()), e.NeedStated).need.queue == "generaliste"
        assert row(alone).deadline_ms is None


def test_a_bug_about_whoever_already_waits_changes_nothing() -> None:
    assert waiting().tell(broken()) == []


def test_the_goodbye_after_a_bug_at_the_very_start_is_said() -> None:
    """Every queue full, and no step of the script ever reached."""
    alone = Alone(mind)
    alone.tell(e.PromptReady(cause="s", prompt=f"fr/{NOTED.key}", path="/p"), arrived(), answered())
    alone.tell(broken("DeadlineReached"))
    noted = e.CallbackNoted(cause="calls", interaction=A, queue="rsa", number=pressed("1").key)
    assert only(alone.tell(noted), c.PlayPrompt).path == "/p"


def test_after_a_gap_the_step_is_said_again_from_its_beginning() -> None:
    alone = listening()
    said = alone.tell(seen(leg_seen()))
    assert (only(said, e.StepReached).step, only(said, e.StepReached).attempt) == ("menu", 1)
    assert names(said)[-1] == "PlayPrompt"


def test_after_a_gap_whoever_is_gone_or_talks_is_told_nothing() -> None:
    assert listening().tell(seen()) == []
    assert listening().tell(seen(leg_seen(with_leg=f"{A}-a1"))) == []


def test_after_a_gap_a_goodbye_that_was_said_is_not_said_again() -> None:
    alone = waiting()
    alone.tell(e.CallbackNoted(cause="calls", interaction=A, queue="rsa", number=pressed("1").key))
    assert only(alone.tell(seen(leg_seen())), e.StepReached).say == (NOTED,)
    alone.tell(played(row(alone).playbacks))
    assert row(alone).state == "over"
    assert alone.tell(seen(leg_seen())) == []


def test_a_start_and_another_configuration_have_every_fixed_text_spoken() -> None:
    alone = Alone(mind)
    for fact in (
        e.CentreStarted(cause="start", release="0"),
        e.ConfigurationApplied(cause="reload", digest="élargi"),
    ):
        orders = [one for one in alone.tell(fact) if isinstance(one, c.PreparePrompt)]
        fixed = {Text(key=key).prompt("fr") for key, words in centres.TEXTS.items() if "{" not in words}
        assert {order.prompt for order in orders} == fixed


def test_the_safe_path_is_the_services_own() -> None:
    alone = speaking()
    said = only(alone.tell(broken()), e.NeedStated).need
    assert said == msgspec.structs.replace(need("generaliste", 1), service="solidarites", tenant="aure")


# -- messages ---------------------------------------------------------------------------------------------------------


def recorded(duration_ms: int = 5_000, number: int = 1) -> e.MessageRecorded:
    message = ids.message(A, number)
    return e.MessageRecorded(cause="t", interaction=A, message=message, path="/m/a.wav", duration_ms=duration_ms)


def recording() -> Alone:
    """The caller is asked for a message, after the words that ask for it."""
    alone = speaking()
    alone.tell(e.PromptReady(cause="s", prompt="fr/message.invitation", path="/p/invitation"))
    alone.tell(pressed("8"), played(1, completed=False))
    said = alone.tell(played(2))
    assert names(said) == ["RecordingStarted", "RecordMessage"]
    order = only(said, c.RecordMessage)
    assert (order.message, order.longest_ms, order.silence_ms) == (ids.message(A, 1), 120_000, 5_000)
    assert row(alone).state == "recording"
    return alone


def step(said: list[Said]) -> str:
    return only(said, e.StepReached).step


def test_a_message_leads_on_and_silence_leads_elsewhere() -> None:
    assert step(recording().tell(recorded())) == "merci"
    assert next(one.step for one in recording().tell(recorded(0)) if isinstance(one, e.StepReached)) == "rien_entendu"


def test_a_message_that_is_told_twice_or_was_not_asked_for_leads_nowhere() -> None:
    alone = recording()
    assert alone.tell(recorded(number=2)) == []
    alone.tell(recorded())
    assert alone.tell(recorded()) == []


def test_keys_during_a_message_are_no_answers() -> None:
    alone = recording()
    assert alone.tell(pressed("1")) == []
    assert row(alone).ahead is None


def test_a_recording_of_which_nothing_is_heard_is_given_up() -> None:
    alone = recording()
    begun_ms = alone.now_ms
    said = alone.next()
    assert only(said, e.MessageRecorded).duration_ms == 0
    assert alone.now_ms == begun_ms + 120_000 + limits.RECORD_MARGIN_MS


@pytest.mark.parametrize("retryable", [True, False])
def test_what_asterisk_will_not_record_is_over_and_what_the_link_lost_waits_for_the_node(retryable: bool) -> None:
    alone = recording()
    command = c.RecordMessage(
        cause="t", interaction=A, leg=A_LEG, channel="c", message=ids.message(A, 1), longest_ms=1, silence_ms=1
    )
    failed = e.OrderFailed(cause="t", order="1", command=command, reason="r", retryable=retryable)
    assert names(alone.tell(failed))[:1] == ([] if retryable else ["MessageRecorded"])


def test_after_a_gap_the_message_is_asked_for_again_under_another_name() -> None:
    alone = recording()
    assert step(alone.tell(seen(leg_seen()))) == "message"
    assert only(alone.tell(played(3)), c.RecordMessage).message == ids.message(A, 2)


def test_a_bug_during_a_message_leads_to_a_person() -> None:
    alone = recording()
    assert only(alone.tell(broken("MessageRecorded")), e.NeedStated).need.queue == "generaliste"


def test_who_hangs_up_during_a_message_is_gone() -> None:
    assert only(recording().tell(ended()), e.DialogueEnded).how == "gone"


# -- who is not to wait any longer ------------------------------------------------------------------------------------


def left(held: bool) -> e.WaitLeft:
    return e.WaitLeft(cause="calls", interaction=A, queue="rsa", script="accueil", held=held)


def test_another_script_begins_at_once_or_once_they_are_out_of_the_music() -> None:
    assert only(waiting().tell(left(False)), e.StepReached).step == "bienvenue"
    alone = waiting()
    assert names(alone.tell(left(True))) == []
    said = alone.tell(e.CallerReturned(cause="telephony", interaction=A, leg=A_LEG))
    assert only(said, e.StepReached).step == "bienvenue"


def test_after_a_gap_the_script_begins_unless_they_still_hear_music() -> None:
    for held, follows in ((True, 0), (False, 1)):
        alone = waiting()
        alone.tell(left(True))
        leg = e.SeenLeg(leg=A_LEG, channel="c", up=True, held=held, bridged_with=None)
        said = alone.tell(e.NodeSeen(cause="telephony", node="nord", legs=(leg,), phones=()))
        assert names(said).count("StepReached") == follows
