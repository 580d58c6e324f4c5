"""Asking Asterisk what is true, after a (re)connection."""

from __future__ import annotations

import asyncio

from core.events.base import Event
from telephony.conf_trunks import PREFIX
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
    channels, bridges, contacts, proxies, registrations = await asyncio.gather(
        link.ask("Status", [("Variables", SEEN_VARIABLES)]),
        link.ask("BridgeList"),
        contacts_of(link),
        proxies_of(link),
        registrations_of(link),
    )
    return translator.seen(channels, bridges, contacts, proxies, registrations)


async def contacts_of(link: AmiLink) -> list[Message]:
    """Where telephones are; the proxies of trunks are not among them."""
    return await _list(link, "PJSIPShowContacts")


async def proxies_of(link: AmiLink) -> list[Message]:
    """The proxies of each trunk, and whether they answer; Asterisk tells these of one endpoint at a time."""
    endpoints = [row.get("ObjectName", "") for row in await _list(link, "PJSIPShowEndpoints")]
    found: list[Message] = []
    for endpoint in endpoints:
        if endpoint.startswith(PREFIX):
            rows = await link.ask("PJSIPShowEndpoint", [("Endpoint", endpoint)])
            found += [row for row in rows if row.get("Event") == "ContactStatusDetail"]
    return found


async def registrations_of(link: AmiLink) -> list[Message]:
    """What became of ours at the operators."""
    return await _list(link, "PJSIPShowRegistrationsOutbound")


async def _list(link: AmiLink, action: str) -> list[Message]:
    try:
        return await link.ask(action)
    except ActionRefused as refused:
        if any(said in str(refused) for said in ("No Contacts", "No endpoints", "Invalid/unknown command")):
            return []  # Asterisk's ways to say: an empty list, or a module that nobody needed
        raise
