"""Asking Asterisk what is true, after a (re)connection."""

from __future__ import annotations

import asyncio

from core.events.base import Event
from telephony.fields import SEEN_VARIABLES
from telephony.link import ActionRefused, AmiLink
from telephony.translate import Translator
from telephony.wire import Message


async def take(link: AmiLink, translator: Translator) -> list[Event]:
    """NodeSeen, then the callers nobody knows.

    Events that come while the questions are under way must be kept back and translated afterwards, in their order: the
    answers may be older or newer than they, and the translator tells nothing twice.  Raises LinkDown, AnswerMissing or
    ActionRefused.
    """
    channels, bridges, contacts = await asyncio.gather(
        link.ask("Status", [("Variables", SEEN_VARIABLES)]), link.ask("BridgeList"), _contacts(link)
    )
    return translator.seen(channels, bridges, contacts)


async def _contacts(link: AmiLink) -> list[Message]:
    try:
        return await link.ask("PJSIPShowContacts")
    except ActionRefused as refused:
        if "No Contacts" in str(refused):  # Asterisk's way to say: an empty list
            return []
        raise
