"""What is said: the next words that can be heard, once they are spoken.

Words that are not spoken yet are prepared and waited for, for a moment; words that cannot be spoken are left out.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from core import events as e
from core import ids, limits
from core.commands import Command, PlayPrompt, PreparePrompt
from core.events.base import Event, because
from core.mind import Decision
from core.personal import Personal
from core.text import READ, TYPED, Text, say
from ivr import notices, number, read_back, tongues
from ivr.dialogue import Dialogue, State


def next_words(state: State, interaction: str, event: Event, now_ms: int) -> Generator[Event | Command, None, bool]:
    """Says the next words that can be said; returns whether none were left."""
    row = state.dialogues[interaction]
    rest = list(row.say)
    while rest:
        text = rest.pop(0)
        if text.key == READ:
            part = int(text.values.get("part", "0"))
            parts = _in_parts(_read(state, row, interaction))
            if part >= len(parts):
                continue
            if part + 1 < len(parts):
                rest.insert(0, say(READ, part=str(part + 1)))
            yield from _play(row, interaction, f"{row.language}/{READ}", "", parts[part], rest, event)
            return False
        prompt = text.prompt(row.language)
        ready = state.prompts.get(prompt)
        if ready is None:
            yield from await_prompt(state, interaction, text, event, now_ms)
            return False
        if ready.path is None:
            yield prepare(state, text, row.language, event)  # left out this time; perhaps there for the next caller
        else:
            yield from _play(row, interaction, prompt, ready.path, None, rest, event)
            return False
    return True


def _play(
    row: Dialogue, interaction: str, prompt: str, path: str, read: Personal | None, rest: Sequence[Text], event: Event
) -> Decision:
    playback = ids.playback(interaction, row.playbacks + 1)
    yield e.PlaybackStarted(
        cause=because(event),
        interaction=interaction,
        playback=playback,
        prompt=prompt,
        longest_ms=limits.PROMPT_LONGEST_MS,
        rest=tuple(rest),
    )
    yield PlayPrompt(
        cause=because(event),
        interaction=interaction,
        leg=row.leg,
        channel=row.channel,
        playback=playback,
        path=path,
        read=read,
    )


def _in_parts(read: Personal | None) -> list[Personal]:
    """Sounds that go into one order each; a list of communes is longer."""
    parts: list[list[str]] = []
    for path in (read.text or "").split("\n") if read is not None and read.text else ():
        if not parts or sum(len(one) + 1 for one in (*parts[-1], path)) > limits.READ_PATHS_LONGEST:
            parts.append([])
        parts[-1].append(path)
    return [Personal(read.of, read.purpose, "\n".join(part)) for part in parts] if read is not None else []


def _read(state: State, row: Dialogue, interaction: str) -> Personal | None:
    """What is read back now: the details that they may have meant, or the number that they typed."""
    if row.proposed:
        return read_back.read(state, interaction, row, row.proposed)
    return number.read(state, interaction, row)


def await_prompt(state: State, interaction: str, text: Text, event: Event, now_ms: int) -> Decision:
    row = state.dialogues[interaction]
    prompt = text.prompt(row.language)
    yield e.PromptAwaited(
        cause=because(event), interaction=interaction, prompt=prompt, until_at_ms=now_ms + limits.PROMPT_READY_MS
    )
    yield prepare(state, text, row.language, event)


def prepare(state: State, text: Text, language: str, event: Event, *, behind: bool = False) -> PreparePrompt:
    centre = state.configurations.now
    tongue = tongues.tongue(centre, text, language)
    words = notices.words_of(text, centre.texts.get(tongue, {}))
    return PreparePrompt(
        cause=because(event), prompt=text.prompt(language), text=text, words=words, language=tongue, behind=behind
    )


def prepare_all(state: State, event: Event) -> Decision:
    """Every text without places is spoken before anybody needs it, in every language that somebody may hear; so is what
    details are read back with, so that no value that somebody said ever becomes a text of its own.  Those are hundreds:
    they stand behind what a caller is told."""
    centre = state.configurations.now
    for language in tongues.spoken(centre):
        for name in centre.services:
            notice = state.notices.get(name)
            if notice is not None and notice.text.key == TYPED:
                yield prepare(state, notice.text, language, event)
        for text in tongues.said_ahead(centre, language):
            yield prepare(state, text, language, event)
        for text in read_back.pieces_to_prepare(centre) if read_back.asks_for_details(centre) else ():
            yield prepare(state, text, language, event, behind=True)
