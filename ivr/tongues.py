"""Which words are said in which voice, where callers are spoken to in more than one language.

What a language has no text for is said in that of the services, by the voice of that language: French read by an
English voice helps nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from core.centre import Centre
from core.script import IN, Script, invite, led_to
from core.text import TYPED, Text, say

if TYPE_CHECKING:
    from ivr.dialogue import Dialogue, State

WAITING: Final = ("waiting", "announcing")
"""No step is under way: a person is waited for."""


def script_of(state: State, row: Dialogue) -> Script:
    return state.configurations.by_digest[row.digest].scripts[row.script]


def invitations(state: State, row: Dialogue) -> tuple[Text, ...]:
    """Every other language that is offered, each said in itself."""
    return tuple(invite(language, key) for key, language in by_keys(state, row).items())


def by_keys(state: State, row: Dialogue) -> dict[str, str]:
    """The language to which each key leads; who waits is offered those of the service, as it is now."""
    if row.state in WAITING:
        return state.configurations.now.tongues_of(row.service, row.language)
    return led_to(script_of(state, row), state.service_of(row).language, row.language)


def tongue(centre: Centre, text: Text, language: str) -> str:
    """The language in which `text` is said to somebody who speaks `language`."""
    wanted = text.values.get(IN, language)
    usual = dict.fromkeys(service.language for service in centre.services.values())
    if text.key == TYPED:
        return next(iter(usual), wanted)
    return next((one for one in (wanted, *usual) if text.key in centre.texts.get(one, {})), wanted)


def spoken(centre: Centre) -> list[str]:
    """Every language in which somebody may be spoken to."""
    usual = {service.language for service in centre.services.values()}
    return sorted(usual.union(*(script.languages for script in centre.scripts.values())))


def said_ahead(centre: Centre, language: str) -> Iterator[Text]:
    """What is spoken before anybody needs it: every text without places, and how each language is offered."""
    for text in map(say, sorted({key for one in spoken(centre) for key in centre.texts.get(one, {})})):
        if "{" not in centre.texts.get(tongue(centre, text, language), {}).get(text.key, "{"):
            yield text
    offers = [script.languages for script in centre.scripts.values() if script.languages]
    usual = {service.language for service in centre.services.values()}
    led = (
        {(one, key) for offer in offers for key in offer.values() for one in usual} if language not in usual else set()
    )
    led |= {(one, key) for offer in offers for one, key in offer.items() if one != language}
    yield from (invite(one, key) for one, key in sorted(led))
