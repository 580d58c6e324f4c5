"""Writings are understood by a process of its own; one that dies fails one writing and is started anew."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import AsyncIterator

import pytest

from core.commands import UnderstandWriting
from core.personal import Personal
from speech.meaning import Lessons
from speech.reading import Reading
from speech.speak import SpeechFault
from speech.understand.topics import Example, Topic

LESSONS = Lessons(
    topics={name: Topic(name=name, title=name, spoken=name, group="g") for name in ("rsa", "apa")},
    examples=(
        Example("je n'ai pas reçu mon rsa", "rsa"),
        Example("mon revenu de solidarité est en retard", "rsa"),
        Example("une aide à domicile pour ma mère âgée", "apa"),
        Example("l'allocation personnalisée d'autonomie de mon père", "apa"),
    ),
)


def order(text: str, interaction: str = "i") -> UnderstandWriting:
    return UnderstandWriting(
        cause="t", interaction=interaction, language="fr", text=Personal(interaction, "words", text)
    )


@pytest.fixture
async def reading() -> AsyncIterator[Reading]:
    reading = Reading(LESSONS)
    yield reading
    await reading.stop()


async def test_what_is_written_is_understood_and_its_details_are_whose_they_are(reading: Reading) -> None:
    understood = await reading.understand(order("Je n'ai pas reçu mon RSA, appelez le 01 99 00 00 42."))
    assert (understood.interaction, understood.reading.topic) == ("i", "rsa")
    assert [(one.kind, one.value.of) for one in understood.reading.details] == [("telephone", "i")]


async def test_a_reader_that_dies_fails_one_writing_and_the_next_is_read(reading: Reading) -> None:
    await reading.understand(order("rsa"))
    assert reading.pid is not None
    os.kill(reading.pid, signal.SIGKILL)
    with contextlib.suppress(SpeechFault):  # its death may be known already: then a new one has read it
        await reading.understand(order("rsa"))
    assert (await reading.understand(order("mon rsa"))).reading.topic == "rsa"
