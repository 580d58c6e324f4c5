"""Somebody who waits goes on in another language: it is part of what is asked of agents, as if they had chosen it
before they came.

The place stays that of the arrival, so that what the queue gives way on by time (`relax`) counts from there.  Who rings
for them by then rings on, and sees the language.
"""

from __future__ import annotations

from typing import Final

import msgspec

from acd import announce
from acd.match import for_contact
from acd.state import State, timed
from core import events as e
from core.events.base import because
from core.mind import Applies, Decides, Decision


def _on_chosen(state: State, fact: e.LanguageChosen, _now_ms: int) -> Decision:
    contact = state.contacts.get(fact.interaction)
    if contact is not None and contact.need.language != fact.language:
        need = msgspec.structs.replace(contact.need, language=fact.language)
        yield e.ContactSpeaks(cause=because(fact), interaction=fact.interaction, need=need)


def _on_speaks(state: State, fact: e.ContactSpeaks, now_ms: int) -> Decision:
    """Who speaks it may be free; else they are told at once, in it, that they were understood and how they stand."""
    contact = state.contacts.get(fact.interaction)
    if contact is None or contact.offer is not None:
        return
    taken = for_contact(state, fact.interaction, fact, now_ms)
    yield taken or announce.due(state, fact.interaction, contact, fact, now_ms, anew=True)


def _speaks(state: State, fact: e.ContactSpeaks, now_ms: int) -> None:
    contact = state.contacts.get(fact.interaction)
    if contact is not None:
        contact = msgspec.structs.replace(contact, need=fact.need, seen=None)  # the others wait for other people
        state.contacts.put(fact.interaction, timed(state, contact, now_ms))


DECIDES: Final[Decides] = {e.LanguageChosen: _on_chosen, e.ContactSpeaks: _on_speaks}
APPLIES: Final[Applies] = {e.ContactSpeaks: _speaks}
