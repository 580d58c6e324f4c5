"""The mind of the dialogue: what is said, asked and understood next.

A script's step is reached, its words are said one after the other, and when they are over the step's kind tells what
follows: `Say` and `Branch` go on, `Ask` listens, `HandOver` states the need for a person, `HangUp` ends.
"""

from __future__ import annotations

from typing import Final

from core import events as e
from core import ids, limits
from core.centre import UNKNOWN_NUMBER, Service
from core.commands import HearCaller, OpenSpeech, PlayPrompt, PreparePrompt, RecordMessage, StopHearing
from core.deadlines import Deadlines
from core.events.base import Event, because
from core.mind import Configurations, Decision, Mind
from core.script import Ask, Branch, Details, HandOver, HangUp, Languages, Listen, Notices, Record, Say, TakeNumber
from core.table import Undo
from core.text import say
from ivr import details, heard, hearing, languages, notices, number, robots, saying, slots, spoken, tongues
from ivr.changes import APPLIES
from ivr.dialogue import Dialogue, Mode, Opening, Prompt, Room, State
from ivr.handing_over import hand_over, safe_need
from ivr.script import HOURS_SAID
from ivr.spoken import Spoken
from ivr.steps import enter, step_of

IN_SCRIPT: Final = ("speaking", "listening", "hearing", "recording")
NOTED: Final = say("attente.rappel_note")
OPENING_SAID: Final = dict(zip(("open", "last_admission", "closed"), HOURS_SAID, strict=True))
"""How a script's Branch on `hours` names them."""
YES_NO: Final = {True: "oui", False: "non"}


def _speak(state: State, interaction: str, event: Event, now_ms: int) -> Decision:
    """Says the next words; with none left, goes on.  A question that listens has its words said by whoever hears."""
    row = state.dialogues[interaction]
    step = step_of(state, row, row.step) if row.state == "speaking" and not row.noted else None
    if isinstance(step, Listen):
        yield from hearing.put(state, row, interaction, step, event, now_ms)
        return
    if isinstance(step, Details) and slots.spoken_to(state, row):
        yield from details.put(state, row, interaction, step, event, now_ms)
        return
    over = yield from saying.next_words(state, interaction, event, now_ms)
    if over:
        yield from _words_over(state, interaction, event, now_ms)


def _words_over(state: State, interaction: str, event: Event, now_ms: int) -> Decision:
    """Everything of this step is said: what its kind asks for."""
    row = state.dialogues[interaction]
    cause = because(event)
    if row.state in ("waiting", "announcing"):
        yield e.AnnouncementEnded(cause=cause, interaction=interaction)
        return
    if row.noted:
        yield e.DialogueEnded(cause=cause, interaction=interaction, how="resolved")
        return
    match step_of(state, row, row.step):
        case Say(then=then) | Notices(then=then) | Languages(then=then):
            yield from enter(state, interaction, then, event)
        case Ask(wait_ms=wait_ms) | TakeNumber(wait_ms=wait_ms) | Details(wait_ms=wait_ms):
            yield e.ListeningStarted(cause=cause, interaction=interaction, until_at_ms=now_ms + wait_ms)
        case Branch(on=on, cases=cases, otherwise=otherwise):
            value = _value(state, row, on, now_ms)
            yield from enter(state, interaction, cases.get(value or "", otherwise), event)
        case Record() as record:
            yield from _record(row, interaction, record, event, now_ms)
        case HandOver() as to:
            yield from hand_over(state, row, interaction, to, event, now_ms)
        case HangUp() if row.danger:
            yield safe_need(state, interaction, row, event)  # nobody who spoke of danger is hung up on
        case HangUp():
            yield e.DialogueEnded(cause=cause, interaction=interaction, how="resolved")


def _record(row: Dialogue, interaction: str, step: Record, event: Event, now_ms: int) -> Decision:
    message = ids.message(interaction, row.messages + 1)
    cause = because(event)
    yield e.RecordingStarted(
        cause=cause,
        interaction=interaction,
        message=message,
        queue=step.queue,
        topic=step.topic,
        until_at_ms=now_ms + step.longest_ms + limits.RECORD_MARGIN_MS,
    )
    yield RecordMessage(
        cause=cause,
        interaction=interaction,
        leg=row.leg,
        channel=row.channel,
        message=message,
        longest_ms=step.longest_ms,
        silence_ms=step.silence_ms,
    )


def _on_recorded(state: State, fact: e.MessageRecorded, _now_ms: int) -> Decision:
    """The message that was asked for is over, whichever way: with words, or with none."""
    row = state.dialogues.get(fact.interaction)
    if row is None or row.state != "recording" or ids.message(fact.interaction, row.messages) != fact.message:
        return
    step = step_of(state, row, row.step)
    if isinstance(step, Record):
        said = fact.duration_ms >= limits.MESSAGE_SHORTEST_MS
        yield from enter(state, fact.interaction, step.then if said else step.otherwise, fact)


def _value(state: State, row: Dialogue, on: str, now_ms: int) -> str | None:
    """What a Branch looks at."""
    if on == "hours":
        return OPENING_SAID[_opening_of(state, state.service_of(row), now_ms)]
    withheld, known = not row.caller_known, spoken.may_be_told(state, row)
    said = {"withheld": YES_NO[withheld], "known": YES_NO[known], "service": row.service}
    return {**said, **row.choices}.get(on)


def _opening_of(state: State, service: Service, now_ms: int) -> e.OpeningState:
    """Whether the service answers: as was last told, or as its hours say where nothing was told yet."""
    now = notices.opening_at(state, service, now_ms)
    told = state.openings.get(service.name)
    if now is None:
        return "open"
    return told.state if told is not None else now.state


def _hear(row: Dialogue, interaction: str, ask: Ask | Listen, event: Event) -> Decision:
    """The key that was pressed, as an answer to `ask`."""
    key = row.ahead.text if row.ahead is not None else None
    choice = ask.keys.get(key or "")
    cause = because(event)
    if choice is not None:
        yield e.ChoiceMade(cause=cause, interaction=interaction, step=row.step, choice=choice.name)
    else:
        yield e.ChoiceMissed(cause=cause, interaction=interaction, step=row.step, attempt=row.attempt, why="wrong_key")


def _on_arrived(state: State, fact: e.CallArrived, now_ms: int) -> Decision:
    row = state.dialogues[fact.interaction]
    if row.started:
        return  # told twice
    begun = _started(state, fact.interaction, fact, now_ms)
    yield begun
    if state.safe and not begun.unserved:
        yield safe_need(state, fact.interaction, row, fact)


def _started(state: State, interaction: str, event: Event, now_ms: int) -> e.DialogueStarted:
    """Outside of its hours a service has another script: it tells them, and takes what may be left."""
    row = state.dialogues[interaction]
    service = state.service_of(row)
    answering = _opening_of(state, service, now_ms) == "open" or not service.closed_script
    unknown = service.name == UNKNOWN_NUMBER
    return e.DialogueStarted(
        cause=because(event),
        interaction=interaction,
        service=row.service,
        script=row.script if answering else service.closed_script,
        digest=row.digest,
        unserved="unknown_number" if unknown else "" if answering else "out_of_hours",
    )


def _on_step(state: State, fact: e.StepReached, now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    if row is None or row.step != fact.step or row.state not in IN_SCRIPT:
        return
    step = None if row.noted else step_of(state, row, row.step)
    if language := languages.by_key(state, row):
        yield languages.chosen(fact.interaction, language, "key", fact)  # pressed before anything was said
    elif isinstance(step, Details):
        before = list(details.said_before(state, row, fact.interaction, step, fact))
        yield from before or _speak(state, fact.interaction, fact, now_ms)
    elif row.ahead is not None and isinstance(step, Ask | Listen) and (row.ahead.text or "") in step.keys:
        yield from _hear(row, fact.interaction, step, fact)
    else:
        yield from _speak(state, fact.interaction, fact, now_ms)


def _on_doubted(state: State, fact: e.TopicDoubted | e.DetailDoubted, now_ms: int) -> Decision:
    yield from _speak(state, fact.interaction, fact, now_ms)


def _on_played(state: State, fact: e.PlaybackEnded, now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    current = row is not None and ids.playback(fact.interaction, row.playbacks) == fact.playback
    if row is not None and current and row.state in ("speaking", "announcing"):
        yield from _speak(state, fact.interaction, fact, now_ms)


def _on_key(state: State, fact: e.KeyPressed, now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.state in tongues.WAITING:
        yield from languages.while_waiting(state, row, fact)
    if row is None or row.state not in IN_SCRIPT or row.noted:
        return
    step = step_of(state, row, row.step)
    if language := languages.by_key(state, row):
        yield languages.chosen(fact.interaction, language, "key", fact)
        if row.state == "hearing":
            yield hearing.stop(fact.interaction, row, fact)
    elif isinstance(step, Ask):
        yield from _hear(row, fact.interaction, step, fact)
    elif isinstance(step, Listen):
        yield from hearing.on_key(row, fact.interaction, step, fact)
    elif isinstance(step, TakeNumber):
        yield from number.on_key(row, fact.interaction, step, fact, now_ms, state.configurations.now)
    elif isinstance(step, Details):
        yield from details.on_key(state, row, fact.interaction, step, fact, now_ms)


def _on_digit(state: State, fact: e.DigitTaken, now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    step = step_of(state, row, fact.step) if row is not None else None
    if row is None or row.state != "listening":
        return
    if isinstance(step, TakeNumber):
        yield from number.on_digit(row, step, fact, state.configurations.now)
    elif isinstance(step, Details):
        yield from details.on_digit(state, row, step, fact, now_ms)


def _on_number(state: State, fact: e.NumberTyped, now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.state == "speaking" and row.number is not None:
        yield from _speak(state, fact.interaction, fact, now_ms)


def _on_choice(state: State, fact: e.ChoiceMade, _now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    if row is None or row.state not in IN_SCRIPT:
        return
    ask = step_of(state, row, fact.step)
    if isinstance(ask, Ask | Listen | Details):
        then = next(choice.then for choice in ask.keys.values() if choice.name == fact.choice)
        yield from enter(state, fact.interaction, then, fact)


def _on_missed(state: State, fact: e.ChoiceMissed, _now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    if row is None or row.state not in IN_SCRIPT:
        return
    ask = step_of(state, row, fact.step)
    if isinstance(ask, Listen):
        yield from hearing.on_missed(state, row, ask, fact)
    if isinstance(ask, Details):
        yield from details.on_missed(state, row, ask, fact)
    if not isinstance(ask, Ask | TakeNumber):
        return
    if fact.attempt >= ask.attempts:
        yield from enter(state, fact.interaction, ask.otherwise, fact)
    else:
        other = ask.wrong_key_text if isinstance(ask, Ask) else ask.bad_text if fact.why == "bad_number" else ""
        first = ask.silence_text if fact.why == "silence" else other
        yield e.StepReached(
            cause=because(fact),
            interaction=fact.interaction,
            step=fact.step,
            attempt=fact.attempt + 1,
            say=tuple(say(key) for key in (first, *ask.texts) if key),
        )


def _on_deadline(state: State, fact: e.DeadlineReached, now_ms: int) -> Decision:
    if fact.kind == "opening":
        yield from notices.tell_opening(state, fact.key, fact, now_ms)
    yield from notices.on_time_over(state, fact)
    row = state.dialogues.get(fact.key) if fact.kind == "dialogue" else None
    if row is None:
        return
    if row.state == "opening":
        script = state.configurations.by_digest[row.digest].scripts[row.script]
        first = notices.said_first(state, state.service_of(row), script)
        yield from enter(state, fact.key, script.start, fact, first)
    elif row.state == "recording":
        yield _nothing_said(fact, fact.key, ids.message(fact.key, row.messages))
    elif row.state == "hearing":
        yield from hearing.on_time_over(row, fact.key, fact)
    elif row.state == "listening" and isinstance(step := step_of(state, row, row.step), Details):
        yield from details.on_time_over(state, row, fact.key, step, fact, now_ms)
    elif row.state == "listening":
        yield e.ChoiceMissed(
            cause=because(fact), interaction=fact.key, step=row.step, attempt=row.attempt, why="silence"
        )
    elif row.awaiting:
        # The words did not come in time: it is better to go on without them than to leave the caller in silence.
        yield e.PromptReady(cause=because(fact), prompt=row.awaiting, path=None)
    elif row.state in ("speaking", "announcing"):
        yield from _speak(state, fact.key, fact, now_ms)


def _nothing_said(event: Event, interaction: str, message: str) -> e.MessageRecorded:
    return e.MessageRecorded(cause=because(event), interaction=interaction, message=message, path="", duration_ms=0)


def _on_ready(state: State, fact: e.PromptReady, now_ms: int) -> Decision:
    for interaction, row in state.dialogues.items():
        if row.awaiting == fact.prompt:
            yield from _speak(state, interaction, fact, now_ms)


def _on_returned(state: State, fact: e.CallerReturned, now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    if row is None or row.state != "waiting":
        return
    if row.left:
        yield from _begin(state, fact.interaction, row, fact)
    elif row.say:
        yield from _speak(state, fact.interaction, fact, now_ms)
    elif row.noted:
        yield e.StepReached(cause=because(fact), interaction=fact.interaction, step=row.step, attempt=1, say=(NOTED,))


def _on_announcement(state: State, fact: e.AnnouncementDue, now_ms: int) -> Decision:
    """In place of what is being said: it is in a language that they do not speak."""
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.state == "announcing" and fact.anew and not row.cut_off:
        yield from _speak(state, fact.interaction, fact, now_ms)


def _begin(state: State, interaction: str, row: Dialogue, event: Event) -> Decision:
    script = state.configurations.by_digest[row.digest].scripts[row.script]
    yield from enter(state, interaction, script.start, event)


def _on_left(state: State, fact: e.WaitLeft, _now_ms: int) -> Decision:
    """Who hears music is told once they are out of it."""
    row = state.dialogues.get(fact.interaction)
    if row is not None and not fact.held and row.state == "waiting":
        yield from _begin(state, fact.interaction, row, fact)


def _on_noted(state: State, fact: e.CallbackNoted, _now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.noted and not fact.held:
        yield e.StepReached(cause=because(fact), interaction=fact.interaction, step=row.step, attempt=1, say=(NOTED,))


def _on_leg_ended(state: State, fact: e.LegEnded | e.MachineHeard, _now_ms: int) -> Decision:
    row = state.dialogues.get(fact.interaction)
    if row is not None and row.leg == fact.leg and row.state in ("opening", *IN_SCRIPT):
        yield e.DialogueEnded(cause=because(fact), interaction=fact.interaction, how="gone")


def _on_broken(state: State, fact: e.Broken, now_ms: int) -> Decision:
    """The safe path: whatever was being said or asked, a person takes over."""
    row = state.dialogues.get(fact.interaction or "")
    if row is None or fact.interaction is None or row.state not in ("opening", *IN_SCRIPT):
        return
    if not row.started:
        yield _started(state, fact.interaction, fact, now_ms)
    yield safe_need(state, fact.interaction, row, fact)


def _on_undone(state: State, fact: e.OrderFailed | e.OrderRefused, _now_ms: int) -> Decision:
    """Words that will never be heard are over; those that may be said again wait for the node."""
    again = isinstance(fact, e.OrderFailed) and fact.retryable
    if isinstance(fact.command, RecordMessage) and not again:
        yield _nothing_said(fact, fact.command.interaction, fact.command.message)
    if isinstance(fact.command, HearCaller | OpenSpeech) and not again:
        command = fact.command
        yield e.HearingEnded(
            cause=because(fact), interaction=command.interaction, listening=command.listening, why="failed"
        )
    if isinstance(fact.command, PlayPrompt) and not again:
        said = fact.command
        yield e.PlaybackEnded(
            cause=because(fact), interaction=said.interaction, playback=said.playback, completed=False
        )


def _on_seen(state: State, fact: e.NodeSeen, _now_ms: int) -> Decision:
    """After a gap we do not know how far the words came: the step is said again from its beginning."""
    up = {leg.leg for leg in fact.legs if leg.up and leg.bridged_with is None}
    held = {leg.leg for leg in fact.legs if leg.held}
    for interaction, row in state.dialogues.items():
        if row.left and row.state == "waiting" and row.leg in up - held:
            yield from _begin(state, interaction, row, fact)
        if row.leg not in up or row.state not in IN_SCRIPT:
            continue
        if row.noted:
            yield e.StepReached(cause=because(fact), interaction=interaction, step=row.step, attempt=1, say=(NOTED,))
        else:
            yield from enter(state, interaction, row.step, fact)


def _on_notice(state: State, fact: e.NoticeSet, _now_ms: int) -> Decision:
    """Spoken before the next caller needs it."""
    service = state.configurations.now.services.get(fact.service)
    if service is not None:
        yield saying.prepare(state, fact.text, service.language, fact)


def _on_started(state: State, fact: e.CentreStarted | e.ConfigurationApplied, now_ms: int) -> Decision:
    """Who answers now; and every text without places is spoken before anybody needs it."""
    for name in state.configurations.now.services:
        yield from notices.tell_opening(state, name, fact, now_ms)
    yield from saying.prepare_all(state, fact)


def mind(undo: Undo, deadlines: Deadlines, configurations: Configurations) -> Mind:
    """The dialogue's mind, with its state."""
    state = State(undo, deadlines, configurations)
    return Mind(
        "ivr",
        state,
        {
            "dialogues": (state.dialogues, Dialogue),
            "prompts": (state.prompts, Prompt),
            "mode": (state.mode, Mode),
            "room": (state.room, Room),
            "habits": (state.habits, robots.Habit),
            "spoken": (state.spoken, Spoken),
            "openings": (state.openings, Opening),
            "notices": (state.notices, notices.Notice),
            "closings": (state.closings, notices.Closing),
        },
        APPLIES,
        {
            e.CallArrived: _on_arrived,
            e.StepReached: _on_step,
            e.PlaybackEnded: _on_played,
            e.HearingPlaced: hearing.on_placed,
            e.DangerHeard: hearing.on_danger,
            e.SpeechUnderstood: heard.on_understood,
            e.HearingEnded: heard.on_ended,
            e.TopicDoubted: _on_doubted,
            e.DetailDoubted: _on_doubted,
            e.DetailTaken: details.on_taken,
            e.DetailSkipped: details.on_skipped,
            e.TopicTaken: hearing.on_taken,
            e.DangerTaken: hearing.on_danger_taken,
            e.KeyPressed: _on_key,
            e.MessageRecorded: _on_recorded,
            e.DigitTaken: _on_digit,
            e.NumberTyped: _on_number,
            e.LanguageChosen: languages.on_chosen,
            e.CitizenFound: languages.on_found,
            e.ChoiceMade: _on_choice,
            e.ChoiceMissed: _on_missed,
            e.DeadlineReached: _on_deadline,
            e.PromptReady: _on_ready,
            e.CallerReturned: _on_returned,
            e.AnnouncementDue: _on_announcement,
            e.CallbackNoted: _on_noted,
            e.WaitLeft: _on_left,
            e.LegEnded: _on_leg_ended,
            e.MachineHeard: _on_leg_ended,
            e.Broken: _on_broken,
            e.OrderFailed: _on_undone,
            e.OrderRefused: _on_undone,
            e.NodeSeen: _on_seen,
            e.CentreStarted: _on_started,
            e.ConfigurationApplied: _on_started,
            e.ServiceAsked: notices.on_asked,
            e.NoticeSet: _on_notice,
            e.ServiceClosed: notices.on_closing,
            e.ServiceReopened: notices.on_closing,
        },
        (PlayPrompt, PreparePrompt, RecordMessage, HearCaller, OpenSpeech, StopHearing),
    )
