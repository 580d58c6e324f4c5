"""How facts change the rows of dialogues, and what is known of prompts, hours and the centre."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from core import events as e
from core.mind import Applies
from core.script import Details
from ivr import details, hearing, languages, notices, robots, spoken
from ivr.dialogue import CALLED_BACK, CUT_OFF, LIFE, QUIET, TIMERS, Dialogue, Mode, Opening, Prompt, Room, State
from ivr.spoken import connected, forget_unasked
from ivr.steps import step_of


def _arrived(state: State, fact: e.CallArrived, _now_ms: int) -> None:
    if fact.interaction in state.dialogues:
        return
    service = state.configurations.now.service_of(fact.dialled)
    row = Dialogue(
        state=LIFE.first,
        service=service.name,
        script=service.script,
        digest=state.configurations.now.digest,
        language=service.language,
        leg=fact.leg,
        channel=fact.channel,
        caller_known=fact.caller is not None,
        caller_key=fact.caller_key,
        caller=fact.caller,
    )
    state.dialogues.put(fact.interaction, row)


def _begun(state: State, fact: e.DialogueStarted, _now_ms: int) -> None:
    state.change(fact.interaction, started=True, script=fact.script)


def _opening(state: State, fact: e.OpeningChanged, _now_ms: int) -> None:
    state.openings.put(fact.service, Opening(state=fact.state, until_at_ms=fact.until_at_ms))


def _configured(state: State, _fact: e.ConfigurationApplied, _now_ms: int) -> None:
    for name in list(state.openings):
        service = state.configurations.now.services.get(name)
        if service is None or not service.hours:
            state.openings.drop(name)
    notices.forget_removed(state)
    forget_unasked(state)


def _answered(state: State, fact: e.LegAnswered, now_ms: int) -> None:
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.leg == fact.leg and row.state == "opening":
        service = state.configurations.by_digest[row.digest].services[row.service]
        state.change(fact.interaction, speak_at_ms=now_ms + service.speak_after_ms)


def _step(state: State, fact: e.StepReached, _now_ms: int) -> None:
    state.go(
        fact,
        **QUIET,
        left=False,
        step=fact.step,
        attempt=fact.attempt,
        say=fact.say,
        said_again=False,
        digits=None,
        number=None,
        doubted=(),
        proposed=(),
    )


def _awaited(state: State, fact: e.PromptAwaited, _now_ms: int) -> None:
    state.go(fact, awaiting=fact.prompt, awaited_until_at_ms=fact.until_at_ms)


def _playing(state: State, fact: e.PlaybackStarted, now_ms: int) -> None:
    row = state.dialogues[fact.interaction]
    state.go(
        fact,
        **{**QUIET, "playback": fact.playback, "playback_until_at_ms": now_ms + fact.longest_ms},
        playbacks=row.playbacks + 1,
        say=fact.rest,
        saying=row.say,
    )


def _played(state: State, fact: e.PlaybackEnded, _now_ms: int) -> None:
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.playback == fact.playback:
        changes: dict[str, Any] = {"playback": "", "playback_until_at_ms": None}
        if not fact.completed and row.ahead is not None:
            changes["say"] = ()
        elif fact.pressed and row.state == "speaking" and not row.said_again:
            # It was told before, and has led here: Asterisk lets it stop the words that it led to as well.
            changes |= {"say": row.saying, "said_again": True}
        state.change(fact.interaction, **changes)


def _listening(state: State, fact: e.ListeningStarted, _now_ms: int) -> None:
    """A key pressed before the question, which it does not know, is no answer to it."""
    state.go(fact, **{**QUIET, "listen_until_at_ms": fact.until_at_ms}, ahead=None, asked=True)


def _digit(state: State, fact: e.DigitTaken, _now_ms: int) -> None:
    changes = {**QUIET, "listen_until_at_ms": fact.until_at_ms}
    state.go(fact, **changes, digits=fact.digits, ahead=None, say=(), asked=True)


def _number(state: State, fact: e.NumberTyped, _now_ms: int) -> None:
    state.go(fact, **QUIET, number=fact.number, digits=fact.digits, ahead=None, say=fact.say)


def _recording(state: State, fact: e.RecordingStarted, _now_ms: int) -> None:
    row = state.dialogues[fact.interaction]
    changes = {"message": fact.message, "record_until_at_ms": fact.until_at_ms, "messages": row.messages + 1}
    state.go(fact, **{**QUIET, **changes}, ahead=None)


def _recorded(state: State, fact: e.MessageRecorded, _now_ms: int) -> None:
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.message == fact.message:
        state.change(fact.interaction, message="", record_until_at_ms=None)


def _key(state: State, fact: e.KeyPressed, _now_ms: int) -> None:
    row = state.dialogues.get(fact.interaction)
    if row is None:
        return
    robots.note_key(state, row)
    ahead = fact.key if row.state in ("opening", "speaking", "listening", "hearing") else row.ahead
    state.change(fact.interaction, ahead=ahead, pressed=True)


def _chosen(state: State, fact: e.ChoiceMade, _now_ms: int) -> None:
    """Whoever chose by key what it is about takes back what they said; who leaves a question for a detail does not."""
    row = state.dialogues[fact.interaction]
    meant = row.meant if isinstance(step_of(state, row, fact.step), Details) else ""
    choices = {**row.choices, fact.step: fact.choice}
    state.change(fact.interaction, **QUIET, ahead=None, say=(), meant=meant, choices=choices)


def _missed(state: State, fact: e.ChoiceMissed, _now_ms: int) -> None:
    state.change(fact.interaction, **QUIET, ahead=None, say=())


def _machine(state: State, fact: e.MachineHeard, now_ms: int) -> None:
    row = state.dialogues.get(fact.interaction)
    if row is not None and fact.what == "robot":
        robots.note_silence(state, row, now_ms)


def _settled(state: State, fact: e.NeedStated, now_ms: int) -> None:
    """Whoever is given back to a queue has had their dialogue: it stays over."""
    row = state.dialogues.get(fact.interaction)
    if row is not None and (row.state == "over" or row.cut_off):
        return
    if row is not None:
        robots.note_silence(state, row, now_ms)
    state.go(fact, **QUIET, say=(), ahead=None, topic=fact.need.topic)


def _due(state: State, fact: e.AnnouncementDue, _now_ms: int) -> None:
    row = state.dialogues.get(fact.interaction)
    if row is None or row.cut_off:
        return
    if row.state == "waiting":
        state.change(fact.interaction, say=fact.say)
    elif row.state == "announcing" and fact.anew:
        state.change(fact.interaction, **QUIET, say=fact.say)


def _announced(state: State, fact: e.AnnouncementEnded, _now_ms: int) -> None:
    """Told after a crash of somebody whose dialogue is over, or who is being told of a callback, it changes nothing."""
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.state in ("waiting", "announcing"):
        state.go(fact, **QUIET, say=())


def _left(state: State, fact: e.WaitLeft, _now_ms: int) -> None:
    """The script is that of the configuration in force, as is the queue that leads there."""
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.state in ("waiting", "announcing"):
        changes: dict[str, Any] = {**QUIET, "say": (), "choices": {}, "ahead": None, "left": fact.held}
        changes |= {"rung": fact.asked, "since_at_ms": fact.arrived_at_ms, "waited": fact.need}
        state.go(fact, **changes, script=fact.script, digest=state.configurations.now.digest)


def _noted(state: State, fact: e.CallbackNoted, _now_ms: int) -> None:
    """Who hears music is told once they are out of it."""
    if fact.held:
        state.change(fact.interaction, noted=True, say=())
    else:
        state.go(fact, **QUIET, noted=True, say=())


def _connected(state: State, fact: e.CallConnected, now_ms: int) -> None:
    row = state.dialogues.get(fact.interaction)
    if row is not None:
        connected(state, row, fact, now_ms)
    if row is not None and row.state != "over":
        state.go(fact, **QUIET, say=())


def _agent_lost(state: State, fact: e.AgentLost | e.CitizenAnswered, _now_ms: int) -> None:
    """Another dialogue begins, of one text, told once they are with us; whom an agent called has had none before."""
    row = state.dialogues.get(fact.interaction) or _of_called(state, fact)
    text = CUT_OFF if isinstance(fact, e.AgentLost) else CALLED_BACK
    changes: dict[str, Any] = {**QUIET, "state": "waiting", "say": (text,), "cut_off": True}
    state.dialogues.put(fact.interaction, msgspec.structs.replace(row, **changes))


def _of_called(state: State, fact: e.AgentLost | e.CitizenAnswered) -> Dialogue:
    centre = state.configurations.now
    service = centre.services.get(fact.service) or next(iter(centre.services.values()))
    return Dialogue(
        state="over",
        service=service.name,
        script=service.script,
        digest=centre.digest,
        language=service.language,
        leg=fact.leg,
        channel=fact.channel,
        caller_known=True,
        started=True,
    )


def _over(state: State, fact: e.DialogueEnded, _now_ms: int) -> None:
    row = state.dialogues.get(fact.interaction)
    if row is not None and fact.how != "handed_over":
        state.go(fact, **QUIET, say=())


def _gone(state: State, fact: e.InteractionEnded, _now_ms: int) -> None:
    state.dialogues.drop(fact.interaction)


def _deadline(state: State, fact: e.DeadlineReached, _now_ms: int) -> None:
    """Clears the timers that rang, so that each rings once."""
    if fact.kind == "opening" and (opening := state.openings.get(fact.key)) is not None:
        state.openings.put(fact.key, msgspec.structs.replace(opening, until_at_ms=None))
    row = state.dialogues.get(fact.key) if fact.kind == "dialogue" else None
    if row is not None:
        rung = {name: None for name in TIMERS if (at := getattr(row, name)) is not None and at <= fact.at_ms}
        state.change(fact.key, **rung)


def _ready(state: State, fact: e.PromptReady, _now_ms: int) -> None:
    state.prompts.put(fact.prompt, Prompt(path=fact.path))


def _journal(state: State, fact: e.JournalAlarm, _now_ms: int) -> None:
    state.mode.put("now", Mode(safe=not fact.kept))


def _room(state: State, fact: e.SpeechCapacity, _now_ms: int) -> None:
    state.room.put("now", Room(streams=fact.streams, model=fact.model, why=fact.why, trial=fact.trial))


def _started(state: State, _fact: e.CentreStarted, _now_ms: int) -> None:
    """A new process makes its prompts anew, where it keeps them, and its journal keeps."""
    state.mode.drop("now")
    state.room.drop("now")  # whoever hears says anew that it does
    for prompt in list(state.prompts):
        state.prompts.drop(prompt)


APPLIES: Final[Applies] = {
    **notices.APPLIES,
    **spoken.APPLIES,
    **hearing.APPLIES,
    **details.APPLIES,
    **languages.APPLIES,
    e.SpeechCapacity: _room,
    e.CallArrived: _arrived,
    e.DialogueStarted: _begun,
    e.OpeningChanged: _opening,
    e.ConfigurationApplied: _configured,
    e.LegAnswered: _answered,
    e.StepReached: _step,
    e.PromptAwaited: _awaited,
    e.PlaybackStarted: _playing,
    e.PlaybackEnded: _played,
    e.ListeningStarted: _listening,
    e.DigitTaken: _digit,
    e.NumberTyped: _number,
    e.RecordingStarted: _recording,
    e.MessageRecorded: _recorded,
    e.KeyPressed: _key,
    e.ChoiceMade: _chosen,
    e.ChoiceMissed: _missed,
    e.NeedStated: _settled,
    e.MachineHeard: _machine,
    e.AnnouncementDue: _due,
    e.AnnouncementEnded: _announced,
    e.CallbackNoted: _noted,
    e.WaitLeft: _left,
    e.CallConnected: _connected,
    e.AgentLost: _agent_lost,
    e.CitizenAnswered: _agent_lost,
    e.DialogueEnded: _over,
    e.InteractionEnded: _gone,
    e.DeadlineReached: _deadline,
    e.PromptReady: _ready,
    e.JournalAlarm: _journal,
    e.CentreStarted: _started,
}
