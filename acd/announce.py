"""What somebody who waits is told: their place, and how long it may last, in one of a few honest sentences.

A sentence holds the whole interval of the estimate, rounded outwards; where none does, nothing is said.  Each is a text
of its own, so that a person can read it.  Nobody is told a longer wait after a shorter one as if nothing had been said:
it is owned up to once, and from then on nothing is said of the wait.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from acd.queue import Contact
from acd.state import State
from acd.wait import Estimate
from acd.waits import as_fact, estimate_for
from core import events as e
from core.events.base import Event, because
from core.ids import InteractionId
from core.script import invite
from core.text import Text, say

LANGUAGE_TEXT: Final = "attente.langue"
MINUTE_MS: Final = 60_000
MORE_THAN: Final = (20, 10)
LESS_THAN: Final = (2, 5, 10, 20)
BETWEEN: Final = ((5, 10), (10, 20))
SILENT_FROM: Final = 60
TOO_WIDE: Final = 4
"""Beyond an hour, and where the end is so many times the mean, a number would promise what nobody knows."""


class Words(NamedTuple):
    """What is said: `at_least` and less than `at_most` minutes; None: without an end."""

    at_least: int
    at_most: int | None

    @property
    def text(self) -> str:
        """The key of the text that says so."""
        if self.at_most is None:
            return f"attente.plus_de_{self.at_least}"
        if self.at_least:
            return f"attente.entre_{self.at_least}_et_{self.at_most}"
        return f"attente.moins_de_{self.at_most}"


EVERY_WORDS: Final = (
    *(Words(0, minutes) for minutes in LESS_THAN),
    *(Words(*both) for both in BETWEEN),
    *(Words(minutes, None) for minutes in MORE_THAN),
)


def words(found: Estimate) -> Words | None:
    """The narrowest of the few sentences there are that holds the whole interval; None: better to say nothing."""
    low, high = found.low_s / 60, found.high_s / 60
    if high > max(LESS_THAN[1], TOO_WIDE * found.mean_s / 60):
        return None
    at_most = next((minutes for minutes in LESS_THAN if high <= minutes), None)
    if at_most is None:
        return next((Words(minutes, None) for minutes in MORE_THAN if low >= minutes and high <= SILENT_FROM), None)
    return next((Words(*both) for both in BETWEEN if both[1] == at_most and low >= both[0]), Words(0, at_most))


class Said(NamedTuple):
    """What may be said now: `words`, and whether they take back what was said before (`longer`).  By all that was said
    the person is served by `by_at_ms`."""

    words: Words
    longer: bool
    by_at_ms: int | None


def to_say(found: Estimate | None, now_ms: int, promised_at_ms: int | None, *, taken_back: bool) -> Said | None:
    fits = words(found) if found is not None else None
    if found is None or fits is None:
        return None
    end_ms = None if fits.at_most is None else now_ms + MINUTE_MS * fits.at_most
    if promised_at_ms is None:
        return Said(fits, False, end_ms)
    if now_ms + found.high_s * 1000 <= promised_at_ms:
        return Said(fits, False, promised_at_ms if end_ms is None else min(promised_at_ms, end_ms))
    return None if taken_back else Said(fits, True, end_ms)


# -- as a fact ----------------------------------------------------------------------------------------------------


def due(
    state: State, interaction: InteractionId, contact: Contact, event: Event, now_ms: int, *, anew: bool = False
) -> e.AnnouncementDue:
    """It is time to tell them something; with nothing to say, it is time again later.  `anew`: in another language."""
    queue = state.queue(contact.need.queue)
    texts = [say(LANGUAGE_TEXT)] if anew and _is_written(state, contact.need.language, LANGUAGE_TEXT) else []
    texts += [say("attente.autre_equipe")] if contact.redirected else []
    if "position" in queue.announce:
        position = state.waiting.position(interaction, contact, now_ms)
        texts.append(say("attente.prochain") if position == 1 else say("attente.position", position=str(position)))
    said = None
    found = estimate_for(state, interaction, contact, now_ms)
    if "wait" in queue.announce:
        said = to_say(found, now_ms, contact.promised_at_ms, taken_back=contact.taken_back)
    if said is not None:
        texts += [say("attente.plus_longue")] if said.longer else []
        texts.append(say(said.words.text))
    if queue.callback is not None and contact.may_be_called and not contact.need.emergency:
        texts.append(say("attente.rappel_touche", touche=queue.callback.key))
    if "languages" in queue.announce or anew:
        texts += _offers(state, contact.need, anew=anew)
    return e.AnnouncementDue(
        cause=because(event),
        interaction=interaction,
        say=tuple(texts),
        next_at_ms=now_ms + queue.announce_every_ms,
        promised_at_ms=said.by_at_ms if said is not None else contact.promised_at_ms,
        taken_back=contact.taken_back or (said is not None and said.longer),
        expected=as_fact(found),
        anew=anew,
    )


def _offers(state: State, need: e.Need, *, anew: bool) -> list[Text]:
    """The other languages, to who has chosen none; who has just chosen one hears how to come back, once."""
    centre = state.configurations.now
    called = centre.services.get(need.service)
    if called is None:
        return []
    keys = centre.tongues_of(need.service, need.language)
    if anew:
        keys = {key: one for key, one in keys.items() if one == called.language}
    elif need.language != called.language:
        return []
    return [invite(one, key) for key, one in keys.items()]


def _is_written(state: State, language: str, key: str) -> bool:
    return key in state.configurations.now.texts.get(language, {})
