"""What is said: the next words that can be heard, once they are spoken.

Words that are not spoken yet are prepared and waited for, for a moment; words that cannot be spoken are left out.
"""

from __future__ import annotations

from collections.abc import Generator

from core import events as e
from core import ids, limits
from core.commands import Command, PlayPrompt, PreparePrompt
from core.events.base import Event, because
from core.mind import Decision
from core.text import TYPED, Text, say
from ivr import notices
from ivr.dialogue import State


def next_words(state: State, interaction: str, event: Event, now_ms: int) -> Generator[Event | Command, None, bool]:
    """Says the next words that can be said; returns whether none were left."""
    row = state.dialogues[interaction]
    rest = list(row.say)
    while rest:
        text = rest.pop(0)
        prompt = text.prompt(row.language)
        ready = state.prompts.get(prompt)
        if ready is None:
            yield from await_prompt(state, interaction, text, event, now_ms)
            return False
        if ready.path is None:
            yield prepare(state, text, row.language, event)  # left out this time; perhaps there for the next caller
        else:
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
                path=ready.path,
                digits=None,
                sounds=(),
            )
            return False
    return True


def await_prompt(state: State, interaction: str, text: Text, event: Event, now_ms: int) -> Decision:
    row = state.dialogues[interaction]
    prompt = text.prompt(row.language)
    yield e.PromptAwaited(
        cause=because(event), interaction=interaction, prompt=prompt, until_at_ms=now_ms + limits.PROMPT_READY_MS
    )
    yield prepare(state, text, row.language, event)


def prepare(state: State, text: Text, language: str, event: Event) -> PreparePrompt:
    catalogue = state.configurations.now.texts.get(language, {})
    words = notices.words_of(text, catalogue)
    return PreparePrompt(cause=because(event), prompt=text.prompt(language), text=text, words=words, language=language)


def prepare_all(state: State, event: Event) -> Decision:
    """Every text without places is spoken before anybody needs it."""
    centre = state.configurations.now
    for name in centre.services:
        notice = state.notices.get(name)
        if notice is not None and notice.text.key == TYPED:
            yield prepare(state, notice.text, centre.services[name].language, event)
    for language in sorted({service.language for service in centre.services.values()}):
        for key, words in sorted(centre.texts.get(language, {}).items()):
            if "{" not in words:
                yield prepare(state, say(key), language, event)
