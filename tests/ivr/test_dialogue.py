"""The rows of dialogues and how facts change them."""

from __future__ import annotations

from core import events as e
from core import limits
from core.personal import Personal
from core.text import say
from ivr.decide import mind
from ivr.dialogue import LIFE, Dialogue
from tests import centres
from tests.alone import A_LEG, A, Alone, B, answered, arrived, need

PATH = "/prompts/x"


def row(alone: Alone) -> Dialogue:
    found: Dialogue = alone.state.dialogues[A]
    return found


def pressed(key: str) -> e.KeyPressed:
    return e.KeyPressed(cause="telephony", interaction=A, leg=A_LEG, key=Personal(A, "keys", key))


def speaking() -> Alone:
    """A is at the step `bienvenue`, with every prompt ready but those that a test takes away."""
    alone = Alone(mind)
    for key in centres.TEXTS:
        alone.tell(e.PromptReady(cause="speech", prompt=f"fr/{key}", path=PATH))
    alone.tell(arrived(), answered())
    alone.next()
    return alone


def test_a_dialogue_keeps_the_configuration_it_began_with() -> None:
    alone = Alone(mind)
    alone.tell(arrived())
    alone.tell(e.ConfigurationApplied(cause="t", digest="réformé"))
    assert (row(alone).digest, row(alone).state) == ("petit", LIFE.first)
    alone.tell(arrived(B))
    assert alone.state.dialogues[B].digest == "réformé"


def test_it_waits_a_moment_after_the_answer_before_it_speaks() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), answered())
    assert row(alone).deadline_ms == alone.now_ms + 400


def test_an_agents_answer_is_not_the_callers() -> None:
    alone = Alone(mind)
    alone.tell(arrived(), answered(A, f"{A}-a1"))
    assert row(alone).deadline_ms is None


def test_playing_has_a_limit_and_its_end_takes_it_away() -> None:
    alone = speaking()
    assert row(alone).playback_until_at_ms == alone.now_ms + limits.PROMPT_LONGEST_MS
    before = row(alone)
    alone.tell(e.PlaybackEnded(cause="t", interaction=A, playback="alien", completed=True))
    assert row(alone) == before


def test_listening_waits_for_nothing_else() -> None:
    """A prompt that could not be made leaves no timer behind that would cut the question short."""
    alone = speaking()
    alone.state.prompts.drop("fr/menu.choix")
    alone.tell(e.PlaybackEnded(cause="t", interaction=A, playback=f"{A}-p1", completed=True))
    assert row(alone).awaiting == "fr/menu.choix"
    alone.tell(e.PromptReady(cause="speech", prompt="fr/menu.choix", path=None), after_ms=500)
    assert (row(alone).state, row(alone).awaiting, row(alone).awaited_until_at_ms) == ("listening", "", None)
    assert row(alone).deadline_ms == alone.now_ms + 5_000


def test_a_key_pressed_early_is_remembered_until_the_question() -> None:
    alone = speaking()
    alone.tell(pressed("7"))
    assert row(alone).ahead == Personal(A, "keys", "7")
    alone.tell(e.PlaybackEnded(cause="t", interaction=A, playback=f"{A}-p1", completed=False))
    alone.tell(e.PlaybackEnded(cause="t", interaction=A, playback=f"{A}-p2", completed=True))
    assert (row(alone).state, row(alone).ahead) == ("listening", None)


def test_keys_are_not_kept_once_a_person_is_needed() -> None:
    alone = speaking()
    alone.tell(e.NeedStated(cause="ivr", interaction=A, need=need()))
    alone.tell(pressed("1"))
    assert (row(alone).state, row(alone).ahead) == ("waiting", None)


def test_words_for_a_waiting_caller_wait_until_they_are_back() -> None:
    alone = speaking()
    alone.tell(e.NeedStated(cause="ivr", interaction=A, need=need()))
    text = say("attente.prochain")
    alone.tell(e.AnnouncementDue(cause="acd", interaction=A, say=(text,), next_at_ms=1))
    assert (row(alone).say, row(alone).state) == ((text,), "waiting")


def test_a_conversation_ends_the_dialogue_and_the_calls_end_forgets_it() -> None:
    alone = speaking()
    alone.tell(e.NeedStated(cause="ivr", interaction=A, need=need()))
    alone.tell(e.CallConnected(cause="calls", interaction=A, agent="alice", leg="l"))
    assert (row(alone).state, row(alone).deadline_ms) == ("over", None)
    alone.tell(e.InteractionEnded(cause="calls", interaction=A, outcome="answered", reason="hung_up"))
    assert len(alone.state.dialogues) == 0


def test_a_start_forgets_prompts_and_alarms() -> None:
    alone = speaking()
    alone.tell(e.JournalAlarm(cause="journal", kept=False, reason="plein"))
    assert alone.state.safe
    alone.tell(e.CentreStarted(cause="start", release="0"))
    assert not alone.state.safe
    assert len(alone.state.prompts) == 0


def test_facts_about_nobody_change_nothing() -> None:
    alone = Alone(mind)
    alone.tell(
        answered(),
        pressed("1"),
        e.PlaybackEnded(cause="t", interaction=A, playback="p", completed=True),
        e.AnnouncementEnded(cause="t", interaction=A),
        e.CallConnected(cause="t", interaction=A, agent="alice", leg="l"),
    )
    assert len(alone.state.dialogues) == 0
