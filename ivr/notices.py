"""What holds for a while because somebody said so: a message to every caller of a service, and its early closing.

A supervisor asks for the services of their own organisations, the administrator of the machine (`@account`) for any.
Both hold until a moment that is always given, survive restarts and reloads, and end by themselves.  A message is said
where the script has its `notices` step, or first of all if it has none: a script that speaks of danger puts the step
after that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from core import events as e
from core import limits, opening
from core.centre import UNKNOWN_NUMBER, Service
from core.events.base import Event, because
from core.mind import Applies, Decision
from core.script import Notices, Script
from core.text import TYPED, Text, say

if TYPE_CHECKING:
    from ivr.dialogue import State


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is said to the callers of a service until `until_at_ms`."""

    text: Text
    until_at_ms: int
    by: str

    @property
    def deadline_ms(self) -> int:
        return self.until_at_ms


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """A service is closed until `until_at_ms`, whatever its hours say."""

    until_at_ms: int
    by: str

    @property
    def deadline_ms(self) -> int:
        return self.until_at_ms


def words_of(text: Text, catalogue: dict[str, str]) -> str:
    """What is to be spoken."""
    if text.key == TYPED:
        return text.values["words"]
    words = catalogue.get(text.key, "")
    return words.format_map(text.values) if text.values else words


def said(state: State, service: Service) -> tuple[Text, ...]:
    """The messages of the moment: that of the configuration, then that of a supervisor."""
    notice = state.notices.get(service.name)
    configured = (say(service.emergency_text),) if service.emergency_text else ()
    return (*configured, notice.text) if notice is not None else configured


def said_first(state: State, service: Service, script: Script) -> tuple[Text, ...]:
    """The messages, where the script has no place of its own for them."""
    has_place = any(isinstance(step, Notices) for step in script.steps.values())
    return () if has_place else said(state, service)


def opening_at(state: State, service: Service, now_ms: int) -> opening.Opening | None:
    """What hours and closings make of the moment; None for a service without hours, which always answers."""
    hours = state.configurations.now.hours.get(service.hours)
    if hours is None:
        return None
    found = opening.at(hours, now_ms)
    closing = state.closings.get(service.name)
    return found if closing is None or found.state == "closed" else opening.Opening("closed", closing.until_at_ms)


def tell_opening(state: State, name: str, event: Event, now_ms: int) -> Decision:
    """Tells whether service `name` answers now, if that is new."""
    service = state.configurations.now.services.get(name)
    now = opening_at(state, service, now_ms) if service is not None else None
    told = state.openings.get(name)
    if now is not None and (told is None or (told.state, told.until_at_ms) != now):
        yield e.OpeningChanged(cause=because(event), service=name, state=now.state, until_at_ms=now.until_at_ms)


def on_asked(state: State, fact: e.ServiceAsked, now_ms: int) -> Decision:
    """All of the services, or none: answered in the same step."""
    reason = _refused(state, fact, now_ms)
    if not reason:
        for service in fact.services:
            yield _granted(fact, service)
    yield e.RequestAnswered(cause=because(fact), request=fact.request, done=not reason, reason=reason)


def _refused(state: State, fact: e.ServiceAsked, now_ms: int) -> str:
    """Why not; empty if it may be.  A service of another organisation is one that nobody here has heard of."""
    services = [service for name in fact.services if (service := _of(state, fact.by, name)) is not None]
    if not services or len(services) < len(fact.services):
        return "service_unknown"
    if fact.wish in ("withdraw", "reopen"):
        return ""
    if not now_ms < fact.until_at_ms <= now_ms + limits.NOTICE_LONGEST_MS:
        return "until_unfit"
    if fact.wish == "shut":
        return "" if all(service.hours and service.closed_script for service in services) else "never_closes"
    return _unfit_text(state, fact.text, services)


def _of(state: State, by: str, name: str) -> Service | None:
    """The service, if `by` may speak for it."""
    service = state.configurations.now.services.get(name)
    if service is None or name == UNKNOWN_NUMBER or by.startswith("@"):
        return service if name != UNKNOWN_NUMBER else None
    agent = state.configurations.now.agents.get(by)
    return service if agent is not None and agent.role != "agent" and service.tenant in agent.tenants else None


def _unfit_text(state: State, text: Text | None, services: list[Service]) -> str:
    if text is not None and text.key == TYPED:
        words = text.values.get("words", "")
        return "" if 0 < len(words) <= limits.NOTICE_CHARACTERS and words.isprintable() else "words_unfit"
    texts = state.configurations.now.texts
    if text is None or text.values:
        return "text_unknown"
    known = all(text.key in texts.get(service.language, {}) for service in services)
    return "" if known and "{" not in texts[services[0].language][text.key] else "text_unknown"


def _granted(fact: e.ServiceAsked, service: str) -> Event:
    cause = because(fact)
    match fact.wish:
        case "announce":
            assert fact.text is not None
            return e.NoticeSet(
                cause=cause,
                service=service,
                text=fact.text,
                until_at_ms=fact.until_at_ms,
                by=fact.by,
                reason=fact.reason,
            )
        case "withdraw":
            return e.NoticeLifted(cause=cause, service=service, by=fact.by)
        case "shut":
            return e.ServiceClosed(
                cause=cause, service=service, until_at_ms=fact.until_at_ms, by=fact.by, reason=fact.reason
            )
        case "reopen":
            return e.ServiceReopened(cause=cause, service=service, by=fact.by)


def on_closing(state: State, fact: e.ServiceClosed | e.ServiceReopened, now_ms: int) -> Decision:
    yield from tell_opening(state, fact.service, fact, now_ms)


def on_time_over(state: State, fact: e.DeadlineReached) -> Decision:
    """The end that was given has come."""
    if fact.kind == "notice" and fact.key in state.notices:
        yield e.NoticeLifted(cause=because(fact), service=fact.key, by="")
    elif fact.kind == "closing" and fact.key in state.closings:
        yield e.ServiceReopened(cause=because(fact), service=fact.key, by="")


def _set(state: State, fact: e.NoticeSet, _now_ms: int) -> None:
    state.notices.put(fact.service, Notice(text=fact.text, until_at_ms=fact.until_at_ms, by=fact.by))


def _lifted(state: State, fact: e.NoticeLifted, _now_ms: int) -> None:
    state.notices.drop(fact.service)


def _closed(state: State, fact: e.ServiceClosed, _now_ms: int) -> None:
    state.closings.put(fact.service, Closing(until_at_ms=fact.until_at_ms, by=fact.by))


def _reopened(state: State, fact: e.ServiceReopened, _now_ms: int) -> None:
    state.closings.drop(fact.service)


def forget_removed(state: State) -> None:
    """A service that left the configuration leaves nothing behind."""
    for table in (state.notices, state.closings):
        for name in [name for name in table if name not in state.configurations.now.services]:
            table.drop(name)


APPLIES: Final[Applies] = {
    e.NoticeSet: _set,
    e.NoticeLifted: _lifted,
    e.ServiceClosed: _closed,
    e.ServiceReopened: _reopened,
}
