"""The mind of casework: asks the citizen records who is calling, and keeps what is left to do for people."""

from __future__ import annotations

from casework import claims, conversation, lists, places, scheduled, writings
from casework.conversation import Conversations
from casework.state import APPLIES, Calling, State
from casework.task import Task
from casework.visit import Visit
from casework.writings import Writing
from core import events as e
from core import limits
from core.commands import EraseMessage, SeekCitizen, UnderstandWriting
from core.deadlines import Deadlines
from core.events.base import Event, because
from core.events.citizens import Found
from core.mind import Configurations, Decision, Mind, applied_by, decided_by
from core.personal import Personal
from core.table import Undo


def _found(event: Event, interaction: str, how: Found) -> e.CitizenFound:
    return e.CitizenFound(cause=because(event), interaction=interaction, how=how, record=None)


def _seek(interaction: str, row: Visit, event: Event, now_ms: int) -> Decision:
    """Asks the records of the service's tenant, if there is a number to ask about."""
    if row.number is None:
        yield _found(event, interaction, "withheld")
    else:
        yield from _asks(interaction, row.tenant, row.service, row.number, event, now_ms)


def _asks(interaction: str, tenant: str, service: str, number: Personal, event: Event, now_ms: int) -> Decision:
    until_at_ms = now_ms + limits.LOOK_UP_MS
    cause = because(event)
    yield e.CitizenSought(cause=cause, interaction=interaction, tenant=tenant, until_at_ms=until_at_ms)
    yield SeekCitizen(
        cause=cause,
        interaction=interaction,
        tenant=tenant,
        service=service,
        number=number,
        until_at_ms=until_at_ms,
    )


def _on_placed(state: State, fact: e.CallPlaced, now_ms: int) -> Decision:
    """Whoever calls has the task; the record of whom they call is before their eyes if it comes, and nobody waits."""
    taken = list(claims.on_placed(state, fact, now_ms))
    yield from taken
    service = state.configurations.now.services.get(fact.service)
    if taken and service is not None:
        yield from _asks(fact.interaction, service.tenant, service.name, fact.number, fact, now_ms)


def _on_begun(state: State, fact: e.DialogueStarted, now_ms: int) -> Decision:
    row = state.visits.get(fact.interaction)
    if row is not None and not row.sought:
        yield from _seek(fact.interaction, row, fact, now_ms)


def _on_deadline(state: State, fact: e.DeadlineReached, now_ms: int) -> Decision:
    if fact.kind == "visit":
        row = state.visits.get(fact.key)
        if row is not None and row.found is None:
            yield _found(fact, fact.key, "late")
    elif fact.kind == "task" and (task := state.tasks.get(fact.key)) is not None:
        if task.state == "claimed":
            yield from claims.on_time_over(state, fact, task, now_ms)
        else:
            yield from lists.on_expired(state, fact, task)
    elif fact.kind == "writing":
        yield from writings.on_time_over(state, fact, now_ms)


def _on_undone(state: State, fact: e.OrderFailed | e.OrderRefused, now_ms: int) -> Decision:
    """Records that cannot be asked are away; what died with the last process is asked again by this one."""
    command = fact.command
    if isinstance(command, UnderstandWriting):
        yield from writings.on_undone(state, fact, now_ms)
    if not isinstance(command, SeekCitizen):
        return
    row = state.visits.get(command.interaction)
    if row is None or row.found not in (None, "late"):
        return
    if fact.cause == "start":
        yield from _seek(command.interaction, row, fact, now_ms)
    elif row.found is None:
        yield _found(fact, command.interaction, "away")


def _on_noted(state: State, fact: e.WrapUpNoted, _now_ms: int) -> Decision:
    """Codes are those of the configuration; during the conversation a note may come before its code."""
    centre = state.configurations.now
    reason = ""
    if fact.agent not in centre.agents:
        reason = "agent_unknown"
    elif not conversation.may_note(state.talks, fact.agent, fact.interaction):
        reason = "not_your_call"
    elif fact.code and fact.code not in centre.wrap_up_codes:
        reason = "code_unknown"
    yield e.RequestAnswered(cause=because(fact), request=fact.request, done=not reason, reason=reason)


def _on_corrected(state: State, fact: e.HeardCorrected, _now_ms: int) -> Decision:
    """What somebody wanted is known to whoever speaks with them, or reads what they wrote."""
    centre = state.configurations.now
    reason = ""
    theirs = conversation.may_note(state.talks, fact.agent, fact.interaction)
    if not theirs and not writings.may_correct(state, fact.agent, fact.interaction):
        reason = "not_your_call"
    elif fact.topic and fact.topic not in centre.topics:
        reason = "topic_unknown"
    yield e.RequestAnswered(cause=because(fact), request=fact.request, done=not reason, reason=reason)


def _on_named(state: State, fact: e.CitizenNamed, _now_ms: int) -> Decision:
    """Who is speaking is said by whoever speaks with them."""
    theirs = conversation.may_note(state.talks, fact.agent, fact.interaction)
    reason = "" if theirs else "not_your_call"
    yield e.RequestAnswered(cause=because(fact), request=fact.request, done=theirs, reason=reason)
    if theirs:
        yield e.CitizenFound(
            cause=because(fact),
            interaction=fact.interaction,
            how="one",
            record=fact.record,
            referent=fact.referent,
            commune=fact.commune,
        )


def mind(undo: Undo, deadlines: Deadlines, configurations: Configurations) -> Mind:
    """The mind of casework, with its state."""
    state = State(undo, deadlines, configurations)
    return Mind(
        "casework",
        state,
        {
            "visits": (state.visits, Visit),
            "tasks": (state.tasks, Task),
            "talks": (state.talks, Conversations),
            "calling": (state.calling, Calling),
            "writings": (state.writings, Writing),
        },
        applied_by(APPLIES, writings.APPLIES),
        decided_by(
            writings.DECIDES,
            {
                e.DialogueStarted: _on_begun,
                e.DeadlineReached: _on_deadline,
                e.InteractionQueued: places.on_queued,
                e.CitizenFound: places.on_found,
                e.MessageRecorded: lists.on_recorded,
                e.CallbackNoted: lists.on_noted,
                e.CallConnected: lists.on_connected,
                e.InteractionEnded: lists.on_ended,
                e.TaskAsked: claims.on_asked,
                e.CallbackWished: scheduled.on_wished,
                e.WorkTaken: claims.on_taken,
                e.WorkPulledBack: claims.on_pulled_back,
                e.WorkDrafted: claims.on_drafted,
                e.MessageHeard: claims.on_heard,
                e.CallPlaced: _on_placed,
                e.WrapUpNoted: _on_noted,
                e.HeardCorrected: _on_corrected,
                e.CitizenNamed: _on_named,
                e.OrderFailed: _on_undone,
                e.OrderRefused: _on_undone,
            },
        ),
        (SeekCitizen, EraseMessage, UnderstandWriting),
    )
