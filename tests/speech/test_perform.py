"""The edge: every order ends, every prompt is answered, whatever the synthesiser does."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import msgspec
import pytest

from core.commands import Command, HearCaller, HoldCaller, Order, PreparePrompt, StopHearing, UnderstandWriting
from core.events import OrderDone, OrderFailed, OrderRefused, PromptReady
from core.events.base import Event
from core.ports import Edge
from core.text import say
from speech.perform import Speech
from speech.speak import Voice
from tests.speech.conftest import Program

pytestmark = pytest.mark.asyncio


def order(words: str = "Bonjour, madame.", key: str = "accueil.bienvenue", command: Command | None = None) -> Order:
    text = say(key)
    prepare = PreparePrompt(
        cause="essai", prompt=text.prompt("fr"), text=text, words=words, language="fr", behind=False
    )
    return Order(id=f"o-{key}", lane="", command=command or prepare)  # type: ignore[arg-type]


async def edge(tmp_path: Path, command: tuple[str, ...], facts: list[Event], **deadlines: float) -> Speech:
    ours = Speech(
        cache=tmp_path / "cache", recordings=tmp_path / "prompts", voices={"fr": Voice()}, command=command, **deadlines
    )
    await ours.start(facts.append, lambda: "unused")
    facts.clear()  # that nobody is heard without a model, which tests/speech/test_hear.py looks at
    return ours


def sound_of(path: str) -> bytes:
    """What Asterisk would play for `path`."""
    return Path(f"{path}.alaw").read_bytes()


async def test_it_is_an_edge_that_performs_prompts(tmp_path: Path, real: tuple[str, ...]) -> None:
    ours: Edge = await edge(tmp_path, real, [])
    assert (ours.name, ours.performs) == ("speech", (PreparePrompt, HearCaller, StopHearing, UnderstandWriting))
    await ours.stop()


async def test_a_prompt_is_ready_before_its_order_is_done(tmp_path: Path, real: tuple[str, ...]) -> None:
    facts: list[Event] = []
    end = await (await edge(tmp_path, real, facts)).perform(order())
    assert isinstance(end, OrderDone)
    assert end.order == "o-accueil.bienvenue"
    [ready] = facts
    assert isinstance(ready, PromptReady)
    assert ready.prompt == "fr/accueil.bienvenue"
    assert ready.path is not None
    assert ready.path.startswith(f"{tmp_path}/cache/")
    assert len(sound_of(ready.path)) > 4_000
    assert len(ready.path) < 900


@pytest.mark.parametrize(
    ("source", "reason", "retryable"),
    [
        ("import sys; sys.exit(9)", "code 9", False),
        ("import signal; signal.alarm(60); signal.pause()", "pas répondu en 1 s", True),
        ("print('x')", "pas rendu de son", False),
    ],
)
async def test_what_cannot_be_said_is_told_twice(
    tmp_path: Path, program: Program, source: str, reason: str, retryable: bool
) -> None:
    facts: list[Event] = []
    end = await (await edge(tmp_path, program(source), facts, process_deadline_s=1.0)).perform(order())
    assert isinstance(end, OrderFailed)
    assert reason in end.reason
    assert end.retryable is retryable
    assert facts == [PromptReady(cause="speech", prompt="fr/accueil.bienvenue", path=None)]


async def test_a_missing_synthesiser_fails_with_its_remedy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    facts: list[Event] = []
    ours = await edge(tmp_path, ("/nowhere/espeak-ng",), facts)
    with caplog.at_level(logging.WARNING):
        ends = [await ours.perform(order()) for _ in range(3)]
    assert all(isinstance(end, OrderFailed) and "installez espeak-ng" in end.reason for end in ends)
    assert len(facts) == 3
    assert len(caplog.records) == 1, "told once, not with every call"


async def test_a_broken_recording_is_logged_and_the_prompt_is_ready(
    tmp_path: Path, real: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "prompts/fr").mkdir(parents=True)
    (tmp_path / "prompts/fr/accueil.bienvenue.wav").write_bytes(b"broken")
    facts: list[Event] = []
    with caplog.at_level(logging.WARNING):
        end = await (await edge(tmp_path, real, facts)).perform(order())
    assert isinstance(end, OrderDone)
    assert "fr/accueil.bienvenue.wav" in caplog.text


async def test_the_order_s_own_deadline_counts_the_wait_for_a_process(tmp_path: Path, program: Program) -> None:
    facts: list[Event] = []
    slow = program("import signal; signal.alarm(60); signal.pause()")
    ours = await edge(tmp_path, slow, facts, process_deadline_s=50, order_deadline_s=1.0)
    began = time.monotonic()
    ends = await asyncio.gather(*(ours.perform(order(f"texte {n}", f"texte.{n}")) for n in range(5)))
    assert time.monotonic() - began < 5
    assert all(isinstance(end, OrderFailed) and "pas prêt en 1 s" in end.reason and end.retryable for end in ends)
    assert len(facts) == 5


async def test_what_waits_behind_all_others_lets_a_caller_s_words_go_first_and_is_no_failure(
    tmp_path: Path, real: tuple[str, ...]
) -> None:
    facts: list[Event] = []
    ours = await edge(tmp_path, real, facts)

    def behind(number: int) -> Order:
        told = order(f"Ville numéro {number}.", f"ville.{number}")
        assert isinstance(told.command, PreparePrompt)
        return msgspec.structs.replace(told, command=msgspec.structs.replace(told.command, behind=True))

    many = [asyncio.ensure_future(ours.perform(behind(number))) for number in range(30)]
    await asyncio.sleep(0)  # they stand in line
    await ours.perform(order())
    assert sum(one.done() for one in many) < 10
    assert all(isinstance(end, OrderDone) for end in await asyncio.gather(*many))


async def test_a_deadline_counts_from_the_turn_of_what_waits_behind_others(tmp_path: Path, program: Program) -> None:
    facts: list[Event] = []
    slow = program("import signal; signal.alarm(60); signal.pause()")
    ours = await edge(tmp_path, slow, facts, process_deadline_s=0.3, order_deadline_s=1.0)
    told = [order(f"texte {n}", f"texte.{n}") for n in range(8)]
    waiting = [
        msgspec.structs.replace(one, command=msgspec.structs.replace(one.command, behind=True))  # type: ignore[arg-type]
        for one in told
    ]
    ends = await asyncio.gather(*(ours.perform(one) for one in waiting))
    assert all(isinstance(end, OrderFailed) and "pas répondu en 0.3 s" in end.reason for end in ends)
    assert len(facts) == 8


async def test_a_cache_that_cannot_be_written_is_a_failure(tmp_path: Path, real: tuple[str, ...]) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    facts: list[Event] = []
    end = await (await edge(tmp_path, real, facts)).perform(order())
    assert isinstance(end, OrderFailed)
    assert "écriture impossible" in end.reason
    assert end.retryable
    assert facts == [PromptReady(cause="speech", prompt="fr/accueil.bienvenue", path=None)]


async def test_somebody_else_s_order_is_refused(tmp_path: Path, real: tuple[str, ...]) -> None:
    foreign = HoldCaller(cause="essai", interaction="i", leg="l", channel="c", unless_with="")
    end = await (await edge(tmp_path, real, [])).perform(order(command=foreign))
    assert isinstance(end, OrderRefused)
    assert "HoldCaller" in end.reason


async def test_a_whole_catalogue_is_ready_in_seconds(tmp_path: Path, real: tuple[str, ...]) -> None:
    """Sixty texts at once, as at the first start; the order's deadline is the bound."""
    facts: list[Event] = []
    ours = await edge(tmp_path, real, facts)
    ends = await asyncio.gather(*(ours.perform(order(f"Texte numéro {n}.", f"texte.n{n}")) for n in range(60)))
    assert all(isinstance(end, OrderDone) for end in ends)
    assert len({fact.path for fact in facts if isinstance(fact, PromptReady)}) == 60
