"""From what a page asks to the fact that it is: the only way from pages into the kernel."""

from __future__ import annotations

from typing import Final

from core import events as e
from core.centre import AgentWish
from core.events.hours import ServiceWish
from core.events.outgoing import ConsultWish, HelpWish, TransferInto
from core.events.tasks import TaskWish
from core.ids import InteractionId, OfferId, TaskId
from core.personal import Personal
from core.text import Text
from softphone_ui.forms import Writing
from softphone_ui.rows import Known
from softphone_ui.tokens import Access

CAUSE: Final = "pages"


def state_asked(agent: str, wish: AgentWish, reason: str, request: str) -> e.AgentAsked:
    return e.AgentAsked(cause=CAUSE, agent=agent, wish=wish, reason=reason, request=request)


def page_seen(agent: str, *, open: bool) -> e.PageSeen:
    return e.PageSeen(cause=CAUSE, agent=agent, open=open)


def record_shown(agent: str, interaction: InteractionId, offer: OfferId) -> e.RecordShown:
    return e.RecordShown(cause=CAUSE, interaction=interaction, offer=offer, agent=agent)


def wrap_up_noted(agent: str, interaction: InteractionId, code: str, note: str, request: str) -> e.WrapUpNoted:
    """An empty note is none: there is nothing to keep a key for."""
    boxed = Personal(interaction, "note", note) if note.strip() else None
    return e.WrapUpNoted(cause=CAUSE, interaction=interaction, agent=agent, code=code, note=boxed, request=request)


def heard_corrected(
    agent: str, interaction: InteractionId, topic: str, urgency: e.Urgency, details: dict[str, str], request: str
) -> e.HeardCorrected:
    """Details as the agent typed them: they are sure, and nothing was said differently."""
    boxed = tuple(
        e.Detail(
            kind=kind,
            value=Personal(interaction, "words", value.strip()),
            said=Personal(interaction, "words", value.strip()),
            confidence=100,
        )
        for kind, value in sorted(details.items())
        if value.strip()
    )
    return e.HeardCorrected(
        cause=CAUSE,
        interaction=interaction,
        agent=agent,
        topic=topic,
        urgency=urgency,
        details=boxed,
        request=request,
    )


def citizen_named(agent: str, interaction: InteractionId, known: Known, request: str) -> e.CitizenNamed:
    return e.CitizenNamed(
        cause=CAUSE,
        interaction=interaction,
        agent=agent,
        record=Personal(interaction, "record", known.record),
        request=request,
        referent=known.referent,
        commune=Personal(interaction, "record", known.commune) if known.commune else None,
    )


def dial_asked(
    agent: str, interaction: InteractionId, service: str, number: str, task: TaskId, request: str
) -> e.DialAsked:
    """`number` as it was typed: what may be called is judged by the kernel."""
    boxed = Personal(interaction, "number", number)
    return e.DialAsked(
        cause=CAUSE,
        request=request,
        interaction=interaction,
        agent=agent,
        service=service,
        number=boxed,
        task=task,
    )


def transfer_asked(
    agent: str, interaction: InteractionId, to: str, into: TransferInto, number: str, consult: bool, request: str
) -> e.TransferAsked:
    """`number` as it was typed, if it is one that the conversation goes to."""
    boxed = Personal(interaction, "number", number) if into == "number" else None
    return e.TransferAsked(
        cause=CAUSE,
        request=request,
        agent=agent,
        interaction=interaction,
        to=to,
        into=into,
        number=boxed,
        consult=consult,
    )


def consult_asked(agent: str, interaction: InteractionId, wish: ConsultWish, request: str) -> e.ConsultAsked:
    return e.ConsultAsked(cause=CAUSE, request=request, agent=agent, interaction=interaction, wish=wish)


def help_asked(agent: str, interaction: InteractionId, to: str, wish: HelpWish, request: str) -> e.HelpAsked:
    return e.HelpAsked(cause=CAUSE, request=request, agent=agent, interaction=interaction, to=to, wish=wish)


def message_heard(agent: str, task: e.TaskOpened, request: str) -> e.MessageHeard:
    return e.MessageHeard(
        cause=CAUSE,
        request=request,
        agent=agent,
        tenant=task.tenant,
        interaction=task.interaction,
        task=task.task,
    )


def callback_wished(
    by: str,
    interaction: InteractionId,
    task: TaskId,
    need: e.Need,
    number: str,
    caller_key: str,
    hours_ms: tuple[int, int],
    request: str,
) -> e.CallbackWished:
    """`number` as it was typed, or as it is known: whether it may be called is judged by the kernel."""
    return e.CallbackWished(
        cause=CAUSE,
        request=request,
        by=by,
        interaction=interaction,
        task=task,
        need=need,
        number=Personal(interaction, "number", number),
        caller_key=caller_key,
        from_at_ms=hours_ms[0],
        until_at_ms=hours_ms[1],
    )


def task_asked(agent: str, task: TaskId, wish: TaskWish, request: str) -> e.TaskAsked:
    return e.TaskAsked(cause=CAUSE, request=request, agent=agent, task=task, wish=wish)


def work_answered(agent: str, task: TaskId, take: bool, reason: str, request: str) -> e.WorkAnswered:
    return e.WorkAnswered(cause=CAUSE, request=request, agent=agent, task=task, take=take, reason=reason)


def work_drafted(agent: str, task: e.TaskOpened, draft: str, request: str) -> e.WorkDrafted:
    """An empty draft is none."""
    boxed = Personal(task.interaction, "note", draft) if draft.strip() else None
    return e.WorkDrafted(
        cause=CAUSE, request=request, agent=agent, task=task.task, interaction=task.interaction, draft=boxed
    )


def writing_arrived(
    interaction: InteractionId, access: Access, key: str, body: Writing, language: str, request: str
) -> e.WritingArrived:
    """`body` as it may be kept."""
    return e.WritingArrived(
        cause=CAUSE,
        request=request,
        interaction=interaction,
        system=access.name,
        key=key,
        tenant=access.tenant,
        service=body.service,
        channel=body.channel,
        language=language,
        sender=Personal(interaction, "words", body.sender) if body.sender else None,
        subject=Personal(interaction, "words", body.subject) if body.subject else None,
        text=Personal(interaction, "words", body.text),
        automatic=body.automatic,
    )


def writing_answered(agent: str, task: e.TaskOpened, code: str, reply: str, request: str) -> e.WritingAnswered:
    """An empty reply is none."""
    boxed = Personal(task.interaction, "words", reply) if reply.strip() else None
    return e.WritingAnswered(
        cause=CAUSE,
        request=request,
        agent=agent,
        task=task.task,
        interaction=task.interaction,
        code=code,
        reply=boxed,
    )


def service_asked(
    agent: str,
    wish: ServiceWish,
    services: tuple[str, ...],
    text: Text | None,
    until_at_ms: int,
    reason: str,
    request: str,
) -> e.ServiceAsked:
    return e.ServiceAsked(
        cause=CAUSE,
        request=request,
        by=agent,
        wish=wish,
        services=services,
        text=text,
        until_at_ms=until_at_ms,
        reason=reason,
    )


def instruction_given(by: str, what: e.Instruction, reason: str, anyway: bool, request: str) -> e.InstructionGiven:
    return e.InstructionGiven(cause=CAUSE, request=request, by=by, what=what, reason=reason, anyway=anyway)


def wait_asked(by: str, interaction: InteractionId, request: str) -> e.WaitAsked:
    return e.WaitAsked(cause=CAUSE, request=request, by=by, interaction=interaction)
