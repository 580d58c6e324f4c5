"""What each fact changes in the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from core import events as e
from core.events.outgoing import TAKEN_BACK
from core.ids import InteractionId
from softphone_ui.rows import AgentLine, Contact, Handed, Helped, ServiceLine, Suspected, Task, Words
from softphone_ui.takes_heard import HEARD
from softphone_ui.takes_instructed import INSTRUCTED
from softphone_ui.takes_written import WRITTEN

if TYPE_CHECKING:
    from softphone_ui.picture import Picture


def _arrived(picture: Picture, fact: e.CallArrived, now_ms: int) -> None:
    if fact.interaction in picture.contacts:
        return
    service = picture.centre.service_of(fact.dialled)
    picture.contacts[fact.interaction] = Contact(
        interaction=fact.interaction,
        service=service.name,
        tenant=service.tenant,
        since_ms=now_ms,
        arrived_at_ms=now_ms,
        trunk=fact.trunk,
        number=fact.caller,
    )


def _placed(picture: Picture, fact: e.CallPlaced, now_ms: int) -> None:
    service = picture.service(fact.service)
    picture.contacts[fact.interaction] = Contact(
        interaction=fact.interaction,
        service=fact.service,
        tenant=service.tenant if service is not None else "",
        state="placed",
        since_ms=now_ms,
        arrived_at_ms=now_ms,
        agent=fact.agent,
        trunk=fact.line,
        number=fact.number,
        outgoing=True,
        citizen_first=fact.citizen_first,
    )


def _guided(picture: Picture, fact: e.DialogueStarted, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        service = picture.service(fact.service)
        contact.service, contact.state, contact.since_ms = fact.service, "guided", now_ms
        contact.tenant = service.tenant if service is not None else contact.tenant


def _queued(picture: Picture, fact: e.InteractionQueued, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is None:
        return
    contact.queue, contact.queued_at_ms = fact.need.queue, picture.waits.waiting[fact.interaction].since_ms
    contact.topic, contact.priority = fact.need.topic, fact.need.priority
    contact.need, contact.place_at_ms, contact.given_to = fact.need, fact.arrived_at_ms, ""
    contact.state, contact.since_ms, contact.expected = "queued", now_ms, fact.expected


def _known(picture: Picture, fact: e.ContactKnown | e.ContactSpeaks, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.need = fact.need


def _announced(picture: Picture, fact: e.AnnouncementDue, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.expected = fact.expected


def _left(picture: Picture, fact: e.WaitLeft | e.CallbackNoted, now_ms: int) -> None:
    """They wait no longer: they are told something, or are called back."""
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.state, contact.since_ms, contact.expected = "guided", now_ms, None


def _chosen(picture: Picture, fact: e.AgentChosen, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.state, contact.since_ms, contact.agent, contact.offer = "offered", now_ms, fact.agent, fact.offer
        contact.shown = False
    before = picture.agents.get(fact.agent, AgentLine())
    picture.agents[fact.agent] = AgentLine(
        state="offered",
        since_ms=now_ms,
        until_at_ms=fact.expires_at_ms,
        interaction=fact.interaction,
        pulled=before.pulled,
    )
    picture.tell(fact.agent)


def _offer_over(
    picture: Picture, fact: e.OfferMissed | e.OfferDeclined | e.OfferFailed | e.OfferWithdrawn, now_ms: int
) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None and contact.offer == fact.offer:
        contact.state, contact.since_ms, contact.agent, contact.offer = "queued", now_ms, "", ""
        contact.given_to = ""
    picture.tell(fact.agent)


def _agent_changed(picture: Picture, fact: e.AgentStateChanged, now_ms: int) -> None:
    line = picture.agents.get(fact.agent, AgentLine())
    busy = fact.state in ("offered", "on_interaction", "wrap_up", "on_task")
    picture.agents[fact.agent] = AgentLine(
        state=fact.state,
        reason=fact.reason,
        since_ms=now_ms,
        until_at_ms=fact.until_at_ms,
        interaction=fact.interaction,
        asked=line.asked if busy else "",
        asked_reason=line.asked_reason if busy else "",
        ordered_by=line.ordered_by,
        ordered_why=line.ordered_why,
        pulled=line.pulled and fact.state in ("available", "offered"),
    )
    if line.interaction is not None and line.interaction != fact.interaction:
        _forget(picture, line.interaction)
    picture.tell(fact.agent)


def _wish_kept(picture: Picture, fact: e.WishKept, _now_ms: int) -> None:
    line = picture.agents.get(fact.agent)
    if line is not None:
        line.asked, line.asked_reason = fact.wish or "", fact.reason
        picture.tell(fact.agent)


def _agent_asked(picture: Picture, fact: e.AgentAsked, _now_ms: int) -> None:
    """What they wish themselves comes after what a supervisor wished for them."""
    line = picture.agents.get(fact.agent)
    if line is not None and fact.cause != "InstructionGiven":
        line.ordered_by = line.ordered_why = ""
        picture.tell(fact.agent)


def _wrap_up_extended(picture: Picture, fact: e.WrapUpExtended, _now_ms: int) -> None:
    line = picture.agents.get(fact.agent)
    if line is not None:
        line.until_at_ms, line.extended = fact.until_at_ms, True
        picture.tell(fact.agent)


def _pause_overran(picture: Picture, fact: e.PauseOverran, _now_ms: int) -> None:
    line = picture.agents.get(fact.agent)
    if line is not None:
        line.overran = True
        picture.tell(fact.agent)


def _connected(picture: Picture, fact: e.CallConnected, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is None:
        return
    contact.state, contact.since_ms, contact.connected_at_ms, contact.agent = "talking", now_ms, now_ms, fact.agent
    picture.tell(fact.agent)


def _conversation_ended(picture: Picture, fact: e.ConversationEnded, now_ms: int) -> None:
    """Whoever asked for a word first is out of it now; what they asked for goes on."""
    contact = picture.contacts.get(fact.interaction)
    if contact is not None and contact.handed is not None and contact.handed.consult:
        contact.handed.consult = False
        picture.tell(contact.agent)
    elif contact is not None:
        goes_on = fact.by == "transfer" or (contact.handed is not None and contact.handed.state == "joined")
        contact.state, contact.since_ms = "handed" if goes_on else "over", now_ms
    picture.tell(fact.agent)


def _help_called(picture: Picture, fact: e.HelpCalled, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.help = Helped(entry=fact.entry, line=fact.line)
        picture.tell(fact.agent)


def _help_joined(picture: Picture, fact: e.HelpJoined, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None and contact.help is not None:
        contact.help.state = "joined"
        picture.tell(contact.agent)


def _help_ended(picture: Picture, fact: e.HelpEnded, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None and contact.help is not None:
        contact.help.state, contact.help.why, contact.help.line = "ended", fact.reason, ""
        picture.tell(contact.agent)


def _help_stays(picture: Picture, fact: e.HelpStays, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None and contact.help is not None:
        contact.handed = Handed(by=fact.agent, entry=fact.entry, line=contact.help.line, state="joined")
        contact.help = None
        picture.tell(fact.agent)


def _handed_on(picture: Picture, fact: e.TransferStarted, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        by = fact.agent or (contact.handed.by if contact.handed is not None else "")
        state: Final = "ringing" if fact.leg else "colleague" if fact.colleague else "queued"
        entry = fact.entry or fact.colleague
        contact.handed = Handed(
            by=by,
            entry=entry,
            queue=fact.queue,
            line=fact.line,
            state=state,
            number=fact.number,
            consult=fact.consult,
        )
        picture.tell(by)


def _spoken_with(picture: Picture, fact: e.ConsultBegun, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None and contact.handed is not None:
        contact.handed.state = "joined"
        picture.tell(fact.agent)
        picture.tell(contact.agent)


def _resumed(picture: Picture, fact: e.ConversationResumed, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.state, contact.since_ms, contact.agent, contact.offer = "talking", now_ms, fact.agent, ""
        picture.tell(fact.agent)


def _taken(picture: Picture, fact: e.TransferJoined, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None and contact.handed is not None:
        contact.handed.state = "joined"
        picture.tell(contact.handed.by)


def _not_taken(picture: Picture, fact: e.TransferFailed, _now_ms: int) -> None:
    """Unless a deputy is rung in the same step, the citizen is given back; the agent who took them back knows it."""
    contact = picture.contacts.get(fact.interaction)
    if contact is not None and contact.handed is not None:
        picture.tell(contact.handed.by)
        contact.handed.state = "back"
        if fact.reason == TAKEN_BACK:
            contact.handed = None


def _ended(picture: Picture, fact: e.InteractionEnded, now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is None:
        return
    picture.note("outgoing" if contact.outgoing else fact.outcome, contact.tenant)
    if contact.outgoing and fact.outcome == "reached":
        picture.note("reached", contact.tenant)
    contact.ended = True
    contact.state = "over"
    _forget(picture, fact.interaction)


def _forget(picture: Picture, interaction: InteractionId) -> None:
    """An interaction that is over leaves the picture once nobody writes notes on it."""
    contact = picture.contacts.get(interaction)
    if contact is not None and contact.ended:
        line = picture.agents.get(contact.agent)
        if line is None or line.interaction != interaction or line.state not in ("on_interaction", "wrap_up"):
            del picture.contacts[interaction]


def _found(picture: Picture, fact: e.CitizenFound, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.found, contact.record = fact.how, fact.record
        picture.tell(contact.agent)


def _shown(picture: Picture, fact: e.RecordShown, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None and contact.offer == fact.offer:
        contact.shown = True


def _noted(picture: Picture, fact: e.WrapUpNoted, _now_ms: int) -> None:
    contact = picture.contacts.get(fact.interaction)
    if contact is not None:
        contact.code = fact.code
        picture.tell(fact.agent)


def _task_opened(picture: Picture, fact: e.TaskOpened, _now_ms: int) -> None:
    letter = picture.letters.pop(fact.interaction, None)
    picture.tasks[fact.task] = Task(opened=fact)
    if letter is not None:
        picture.tasks[fact.task] = Task(opened=fact, letter=letter.arrived, heard=letter.heard)
    if fact.kind == "message":
        picture.note("messages", fact.tenant)
    _tell_all(picture)


def _task_repeated(picture: Picture, fact: e.TaskRepeated, _now_ms: int) -> None:
    task = picture.tasks.get(fact.task)
    if task is not None:
        task.opened = msgspec.structs.replace(task.opened, attempts=fact.attempts)
        _tell_all(picture)


def _task_claimed(picture: Picture, fact: e.TaskClaimed, _now_ms: int) -> None:
    task = picture.tasks.get(fact.task)
    if task is not None:
        task.agent, task.until_at_ms = fact.agent, fact.until_at_ms
        _tell_all(picture)


def _task_released(picture: Picture, fact: e.TaskReleased, _now_ms: int) -> None:
    task = picture.tasks.get(fact.task)
    if task is not None:
        task.agent, task.until_at_ms = "", None
        _tell_all(picture)


def _work_offered(picture: Picture, fact: e.WorkOffered, now_ms: int) -> None:
    picture.agents[fact.agent] = AgentLine(
        state="offered", since_ms=now_ms, until_at_ms=fact.until_at_ms, preview=fact.task
    )
    picture.tell(fact.agent)


def _work_pulled(picture: Picture, fact: e.WorkPulledBack, _now_ms: int) -> None:
    line = picture.agents.get(fact.agent)
    if line is not None and fact.interaction is not None:
        line.pulled = True


def _work_drafted(picture: Picture, fact: e.WorkDrafted, _now_ms: int) -> None:
    task = picture.tasks.get(fact.task)
    if task is not None and task.agent == fact.agent:
        task.draft = fact.draft


def _task_closed(picture: Picture, fact: e.TaskClosed, _now_ms: int) -> None:
    if picture.tasks.pop(fact.task, None) is not None:
        _tell_all(picture)


def _service(picture: Picture, name: str, **changes: Any) -> None:
    picture.services[name] = msgspec.structs.replace(picture.services.get(name, ServiceLine()), **changes)


def _opening(picture: Picture, fact: e.OpeningChanged, _now_ms: int) -> None:
    _service(picture, fact.service, state=fact.state, until_at_ms=fact.until_at_ms)


def _notice(picture: Picture, fact: e.NoticeSet, _now_ms: int) -> None:
    words = words_of(fact.text.key, fact.text.values, fact.until_at_ms, fact.by)
    _service(picture, fact.service, notice=words)


def words_of(key: str, values: dict[str, str], until_at_ms: int, by: str) -> Words:
    return Words(key=key, typed=values.get("words", ""), until_at_ms=until_at_ms, by=by)


def _notice_lifted(picture: Picture, fact: e.NoticeLifted, _now_ms: int) -> None:
    _service(picture, fact.service, notice=None)


def _shut(picture: Picture, fact: e.ServiceClosed, _now_ms: int) -> None:
    _service(picture, fact.service, closed_until_at_ms=fact.until_at_ms, closed_by=fact.by)


def _reopened(picture: Picture, fact: e.ServiceReopened, _now_ms: int) -> None:
    _service(picture, fact.service, closed_until_at_ms=None, closed_by="")


def _tell_all(picture: Picture) -> None:
    """The list is everybody's."""
    picture.touched.update(picture.agents)


def _trunk(picture: Picture, fact: e.TrunkChanged, _now_ms: int) -> None:
    if fact.reachable:
        picture.away.pop(fact.trunk, None)
    else:
        picture.away[fact.trunk] = fact.reason


def _suspected(picture: Picture, fact: e.FraudSuspected, now_ms: int) -> None:
    picture.suspected.append(Suspected(at_ms=now_ms, agent=fact.agent, why=fact.why, count=fact.count, held=fact.held))


def _looked_up(picture: Picture, fact: e.LookUpsUnusual, now_ms: int) -> None:
    told = Suspected(at_ms=now_ms, agent=fact.agent, why=fact.why, count=fact.count, held=False, tenant=fact.tenant)
    picture.suspected.append(told)


TAKES: Final[dict[type[object], Callable[[Picture, Any, int], None]]] = {
    e.CallArrived: _arrived,
    e.CallPlaced: _placed,
    e.DialogueStarted: _guided,
    e.InteractionQueued: _queued,
    e.ContactKnown: _known,
    e.ContactSpeaks: _known,
    e.AnnouncementDue: _announced,
    e.WaitLeft: _left,
    e.CallbackNoted: _left,
    e.AgentChosen: _chosen,
    e.OfferMissed: _offer_over,
    e.OfferDeclined: _offer_over,
    e.OfferFailed: _offer_over,
    e.OfferWithdrawn: _offer_over,
    e.AgentStateChanged: _agent_changed,
    e.AgentAsked: _agent_asked,
    e.WishKept: _wish_kept,
    e.WrapUpExtended: _wrap_up_extended,
    e.PauseOverran: _pause_overran,
    e.CallConnected: _connected,
    e.ConversationEnded: _conversation_ended,
    e.TransferStarted: _handed_on,
    e.HelpCalled: _help_called,
    e.HelpJoined: _help_joined,
    e.HelpEnded: _help_ended,
    e.HelpStays: _help_stays,
    e.ConsultBegun: _spoken_with,
    e.ConversationResumed: _resumed,
    e.TransferJoined: _taken,
    e.TransferFailed: _not_taken,
    e.InteractionEnded: _ended,
    e.CitizenFound: _found,
    e.RecordShown: _shown,
    e.WrapUpNoted: _noted,
    e.TaskOpened: _task_opened,
    e.TaskRepeated: _task_repeated,
    e.TaskClaimed: _task_claimed,
    e.TaskReleased: _task_released,
    e.TaskClosed: _task_closed,
    e.WorkOffered: _work_offered,
    e.WorkPulledBack: _work_pulled,
    e.WorkDrafted: _work_drafted,
    e.OpeningChanged: _opening,
    e.NoticeSet: _notice,
    e.NoticeLifted: _notice_lifted,
    e.ServiceClosed: _shut,
    e.ServiceReopened: _reopened,
    e.TrunkChanged: _trunk,
    e.FraudSuspected: _suspected,
    e.LookUpsUnusual: _looked_up,
    **INSTRUCTED,
    **HEARD,
    **WRITTEN,
}
