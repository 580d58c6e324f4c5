"""What is heard of callers in any order: room or none, words understood or not, danger, and hearings that break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core import commands as c
from core import events as e
from core import ids
from core.events.base import Event
from core.personal import Personal
from tests import centres
from tests.properties import writings

if TYPE_CHECKING:
    from tests.properties.streams import Stream

WORDS: Final = ("mon RSA", "oui", "non", "la deuxième", "un conseiller", "répétez", "", "il me frappe")
ANSWERS: Final = ("", "oui", "non", "je ne sais pas", "le premier", "oui", "non, quarante-six", "répétez")
VALUES: Final[dict[str, tuple[str, ...]]] = {
    "commune": ("78646", "78361", "78362", "78900", "99999"),
    "telephone": ("+33199000045", "+33199000046", ""),
    "birth_date": ("1946-03-14", "1846-03-14"),
    "file_number": ("123456", "78-123"),
    "postcode": ("78999", "78000", "75001"),
    "name": ("DUPONT",),
}
"""Details as they are understood, some of which cannot be read back, or are nowhere."""
TOPICS: Final = ("rsa", "fsl", "apa", "inconnu", "")
OVER: Final[tuple[e.HearingOver, ...]] = ("silence", "too_long", "closed", "stopped", "refused", "failed")
DANGERS: Final = ("", "", "", "violence", "suicide")


def _heard(stream: Stream, one: int) -> tuple[str, str]:
    """Somebody who is listened to, or was; or a listening that never was."""
    dialogues = stream.kernel.mind("ivr").dialogues
    listened = [(name, row.listening) for name, row in dialogues.items() if row.listening]
    if listened:
        return listened[one % len(listened)]
    known = list(dialogues) or [ids.mint(0, bytes(10))]
    interaction = known[one % len(known)]
    return interaction, ids.listening(interaction, 1)


def details(interaction: str, about: str, number: int) -> tuple[e.Detail, ...]:
    """What was said of what was asked, or of something else; `number` says which."""
    kinds = [about if about and number % 4 else tuple(VALUES)[number % len(VALUES)]]
    kinds += ["commune", "postcode"] if number % 5 == 0 else []
    return tuple(
        e.Detail(
            kind=kind,
            value=Personal(interaction, "words", VALUES[kind][(number + place) % len(VALUES[kind])]),
            said=Personal(interaction, "words", kind),
            confidence=(90, 70, 30)[number % 3],
        )
        for place, kind in enumerate(kinds)
    )


ORDERS: Final = (c.HearCaller, c.OpenSpeech, c.StopHearing, *writings.ORDERS)


def answer(of: dict[str, Any], command: Any, two: int) -> Event | None:
    """What whoever hears says first, or what they heard; to the other orders nobody says anything."""
    if isinstance(command, writings.ORDERS):
        return writings.answer(of, two)
    if not isinstance(command, c.HearCaller):
        return None
    if command.about and two > 1:
        return _answered(of, command, two)
    if two < 6:
        return e.HearingPlaced(**of, listening=command.listening, address="127.0.0.1:9092")
    if two > 9:
        return e.DangerHeard(**of, listening=command.listening, urgency=1, danger="violence", confidence=90)
    words = Personal(command.interaction, "words", WORDS[two % len(WORDS)])
    topics = (e.Candidate(topic="rsa", confidence=(50, 95)[two % 2]), e.Candidate(topic="fsl", confidence=30))
    reading = e.Understanding(topic="rsa", confidence=95, candidates=topics, in_scope=True)
    return e.SpeechUnderstood(**of, listening=command.listening, words=words, reading=reading)


def _answered(of: dict[str, Any], command: c.HearCaller, two: int) -> Event:
    """Asked for a detail they say it, confirm it, put it right, or have none."""
    words = Personal(command.interaction, "words", ANSWERS[two % len(ANSWERS)])
    told = details(command.interaction, command.about, two) if two > 4 or command.so_far is None else ()
    return e.SpeechUnderstood(**of, listening=command.listening, words=words, reading=e.Understanding(details=told))


def room(_stream: Stream, one: int, two: int) -> Event:
    return e.SpeechCapacity(cause="speech", streams=0 if two == 0 else one + 1, model="essai", why="")


def placed(stream: Stream, one: int, _two: int) -> Event:
    interaction, listening = _heard(stream, one)
    return e.HearingPlaced(cause="speech", interaction=interaction, listening=listening, address="127.0.0.1:9092")


def words(stream: Stream, one: int, two: int) -> Event:
    interaction, listening = _heard(stream, one)
    said = Personal(interaction, "words", WORDS[two % len(WORDS)])
    return e.WordsHeard(cause="speech", interaction=interaction, listening=listening, words=said)


def danger(stream: Stream, one: int, two: int) -> Event:
    interaction, listening = _heard(stream, one)
    urgency: e.Urgency = 1 if two < 4 else 2 if two < 8 else 3
    kind = DANGERS[two % len(DANGERS)]
    return e.DangerHeard(
        cause="speech", interaction=interaction, listening=listening, urgency=urgency, danger=kind, confidence=90
    )


def understood(stream: Stream, one: int, two: int) -> Event:
    interaction, listening = _heard(stream, one)
    first, second = TOPICS[two % len(TOPICS)], TOPICS[(two + one) % len(TOPICS)]
    sure = (95, 60, 45, 10)[one % 4]
    candidates = tuple(e.Candidate(topic=name, confidence=at) for name, at in ((first, sure), (second, sure // 2)))
    urgency: e.Urgency = 1 if two == 3 else 4
    reading = e.Understanding(
        topic=first,
        confidence=sure,
        candidates=candidates,
        in_scope=two != 7,
        urgency=urgency,
        danger=DANGERS[two % len(DANGERS)],
        details=details(interaction, "", one + two) if one % 3 == 0 else (),
    )
    return e.SpeechUnderstood(
        cause="speech",
        interaction=interaction,
        listening=listening,
        words=Personal(interaction, "words", (*WORDS, *ANSWERS)[(5 * one + two) % (len(WORDS) + len(ANSWERS))]),
        reading=reading,
    )


def over(stream: Stream, one: int, two: int) -> Event:
    interaction, listening = _heard(stream, one)
    return e.HearingEnded(cause="speech", interaction=interaction, listening=listening, why=OVER[two % len(OVER)])


def corrected(stream: Stream, one: int, two: int) -> Event:
    """An agent puts right what was understood of somebody, who may be another's."""
    talks = [row.interaction for _, row in stream.kernel.mind("acd").agents.items() if row.interaction]
    interaction = talks[one % len(talks)] if talks else _heard(stream, one)[0]
    return e.HeardCorrected(
        cause="pages",
        interaction=interaction,
        agent=centres.AGENTS[two % len(centres.AGENTS)].name,
        topic=TOPICS[one % len(TOPICS)],
        urgency=4,
        details=(),
        request="r",
    )


_ANYTHING: Final = (room, placed, words, danger, understood, understood, over, corrected)


def anything(stream: Stream, one: int, two: int) -> Event:
    """Any of these; as one kind of move, lest they crowd out what is rarer."""
    return _ANYTHING[(12 * one + two) % len(_ANYTHING)](stream, one, two)
