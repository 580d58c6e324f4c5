"""What makes a script safe to put before the public, checked without running it.

A script is a graph: steps are its points, `then`, `otherwise`, keys and cases its arrows.  Two walks matter.  *Any*
walk takes every arrow: what it does not reach is dead text.  The *silent* walk is that of a caller who presses
nothing, because of a fright, a handset from 1970 or hands that do not obey: it takes each question's `otherwise`.  It
must end, and if it was asked anything it must end with a person, never with us hanging up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from core.script import (
    CONFIRM_TEXT,
    EITHER_TEXT,
    INVITE_TEXT,
    Ask,
    Branch,
    Details,
    HandOver,
    HangUp,
    Languages,
    Listen,
    Notices,
    Record,
    Say,
    Script,
    Step,
    TakeNumber,
)
from ivr import read_back

WITHHELD: Final = "withheld"
KNOWN: Final = "known"
SERVICE: Final = "service"
HOURS: Final = "hours"
HOURS_SAID: Final = ("ouvert", "bientot_ferme", "ferme")
YES_NO: Final = ("oui", "non")
KEY: Final = re.compile(r"[0-9*#]")

Kind = Literal[
    "unknown_step",
    "unreachable",
    "loop",
    "no_way_out",
    "silent_hung_up",
    "unknown_subject",
    "unknown_case",
    "double_choice",
    "no_key",
    "language_key",
    "no_language",
]


class Trouble(NamedTuple):
    """`kind` of trouble at `step` (empty: the script's start), in its `field`; `about` names what, `path` the steps."""

    kind: Kind
    step: str
    field: str
    about: str = ""
    path: tuple[str, ...] = ()


class Arrow(NamedTuple):
    """One way on: the `field` that says it (`then`, `keys.1.then`, `cases.oui`) and the step it leads `to`."""

    field: str
    to: str


def arrows(step: Step) -> tuple[Arrow, ...]:
    """Every way on from `step`; none where the dialogue ends."""
    match step:
        case Say() | Notices() | Languages():
            return (Arrow("then", step.then),)
        case Ask():
            chosen = tuple(Arrow(f"keys.{key}.then", choice.then) for key, choice in step.keys.items())
            return (*chosen, Arrow("otherwise", step.otherwise))
        case Listen():
            chosen = tuple(Arrow(f"keys.{key}.then", choice.then) for key, choice in step.keys.items())
            topics = tuple(Arrow(f"topics.{topic}", to) for topic, to in step.topics.items())
            dangers = tuple(Arrow(f"dangers.{danger}", to) for danger, to in step.dangers.items())
            return (*topics, *dangers, *chosen, *silent_arrows(step))
        case Details():
            chosen = tuple(Arrow(f"keys.{key}.then", choice.then) for key, choice in step.keys.items())
            dangers = tuple(Arrow(f"dangers.{danger}", to) for danger, to in step.dangers.items())
            return (*dangers, *chosen, Arrow("then", step.then))
        case Branch():
            cases = tuple(Arrow(f"cases.{case}", to) for case, to in step.cases.items())
            return (*cases, Arrow("otherwise", step.otherwise))
        case Record():
            return (Arrow("then", step.then), Arrow("otherwise", step.otherwise))
        case TakeNumber():
            return (Arrow("otherwise", step.otherwise),)
        case HandOver() | HangUp():
            return ()


def silent_arrows(step: Step) -> tuple[Arrow, ...]:
    """The ways on for somebody who presses nothing."""
    if isinstance(step, Listen):
        return (Arrow("otherwise", step.otherwise), Arrow("unheard", step.unheard))
    if isinstance(step, Details):
        return (Arrow("then", step.then),)
    return (Arrow("otherwise", step.otherwise),) if isinstance(step, Ask | Record | TakeNumber) else arrows(step)


def check(script: Script, services: Collection[str]) -> list[Trouble]:
    """Everything wrong with `script`; `services` are the names that a Branch on `service` may compare."""
    found = [*_unknown_steps(script), *_questions(script), *_languages(script), *_branches(script, services)]
    if script.start not in script.steps:
        return [Trouble("unknown_step", "", "start", script.start), *found]
    reached = set(_reach(script, [script.start], silent=False))
    found += [Trouble("unreachable", name, "") for name in script.steps if name not in reached]
    found += _endless(script)
    found += _hung_up(script)
    return found


def texts_of(step: Step) -> tuple[tuple[str, str], ...]:
    """The catalogue keys that `step` says, each with its field (`texts[0]`, `silence_text`)."""
    if isinstance(step, (Branch, HandOver, Notices)):
        return ()
    if isinstance(step, Details):
        return _texts_of_details(step)
    if isinstance(step, Languages):
        return (("do", INVITE_TEXT),)
    said = tuple((f"texts[{index}]", key) for index, key in enumerate(step.texts))
    if isinstance(step, Ask):
        return (*said, ("silence_text", step.silence_text), ("wrong_key_text", step.wrong_key_text))
    if isinstance(step, Listen):
        fields = ("silence_text", "unclear_text", "wrong_key_text")
        return (*said, *((field, getattr(step, field)) for field in fields), ("do", CONFIRM_TEXT), ("do", EITHER_TEXT))
    if isinstance(step, TakeNumber):
        own = tuple((field, getattr(step, field)) for field in ("silence_text", "bad_text", "confirm_text"))
        return (*said, *own, *(("do", f"chiffre.{digit}") for digit in range(10)))
    return said


def _texts_of_details(step: Details) -> tuple[tuple[str, str], ...]:
    asked = tuple(
        (f"slots[{index}].{field}", getattr(slot, field))
        for index, slot in enumerate(step.slots)
        for field in ("text", "keys_text")
    )
    fields = ("silence_text", "unclear_text", "bad_text", "skipped_text")
    return (*asked, *((field, getattr(step, field)) for field in fields), *(("do", key) for key in read_back.KEYS))


def _unknown_steps(script: Script) -> Iterator[Trouble]:
    for name, step in script.steps.items():
        for arrow in arrows(step):
            if arrow.to not in script.steps:
                yield Trouble("unknown_step", name, arrow.field, arrow.to)


def _questions(script: Script) -> Iterator[Trouble]:
    for name, step in script.steps.items():
        if not isinstance(step, Ask | Listen | Details):
            continue
        if not step.keys:
            yield Trouble("no_key", name, "keys")
        seen: dict[str, str] = {}
        for key, choice in step.keys.items():
            # Two keys may mean one choice, but then they lead to one place.
            if seen.setdefault(choice.name, choice.then) != choice.then:
                yield Trouble("double_choice", name, f"keys.{key}.name", choice.name)


def _languages(script: Script) -> Iterator[Trouble]:
    """A key means one thing in the whole script, and what is offered is a language."""
    for language, key in script.languages.items():
        if any(one != language and its == key for one, its in script.languages.items()):
            yield Trouble("language_key", "", f"languages.{language}", key)
    for name, step in script.steps.items():
        if isinstance(step, Languages) and not script.languages:
            yield Trouble("no_language", name, "do")
        if isinstance(step, Ask | Listen):
            taken = [key for key in step.keys if key in script.languages.values()]
            yield from (Trouble("language_key", name, f"keys.{key}.name", key) for key in taken)


def _branches(script: Script, services: Collection[str]) -> Iterator[Trouble]:
    for name, step in script.steps.items():
        if not isinstance(step, Branch):
            continue
        values = _values_of(script, step.on, services)
        if values is None:
            yield Trouble("unknown_subject", name, "on", step.on)
            continue
        for case in step.cases:
            if case not in values:
                yield Trouble("unknown_case", name, f"cases.{case}", case, tuple(values))


def _values_of(script: Script, on: str, services: Collection[str]) -> Collection[str] | None:
    if on in (WITHHELD, KNOWN):
        return YES_NO
    if on == SERVICE:
        return services
    if on == HOURS:
        return HOURS_SAID
    asked = script.steps.get(on)
    if isinstance(asked, Listen):
        return sorted({*asked.topics, *(choice.name for choice in asked.keys.values())})
    return sorted({choice.name for choice in asked.keys.values()}) if isinstance(asked, Ask) else None


def subjects(script: Script) -> list[str]:
    """What a Branch of `script` may stand on."""
    return [
        WITHHELD,
        KNOWN,
        SERVICE,
        HOURS,
        *(name for name, step in script.steps.items() if isinstance(step, Ask | Listen)),
    ]


def _reach(script: Script, start: list[str], silent: bool, heard: bool = False) -> Iterator[str]:
    """Every step that can follow from `start`, each once, `start` included; with `heard`, not past a message."""
    seen: set[str] = set()
    ahead = [name for name in start if name in script.steps]
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        step = script.steps[name]
        if heard and isinstance(step, Record):
            continue
        ahead += [arrow.to for arrow in (silent_arrows(step) if silent else arrows(step)) if arrow.to in script.steps]


def _endless(script: Script) -> Iterator[Trouble]:
    """Loops that no key ends: without any question at all, or that hold whoever presses nothing."""
    ways = {
        name: [arrow.to for arrow in silent_arrows(step) if arrow.to in script.steps]
        for name, step in script.steps.items()
    }
    for path in _loops(ways):
        asked = next((name for name in path if isinstance(script.steps[name], Ask | Listen | TakeNumber)), None)
        if asked is None:
            yield Trouble("loop", path[0], "", path[0], path)
        else:
            after = path[(path.index(asked) + 1) % len(path)]
            field = next((one.field for one in silent_arrows(script.steps[asked]) if one.to == after), "otherwise")
            yield Trouble("no_way_out", asked, field, asked, path)


def _loops(ways: Mapping[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """One loop for each arrow that leads back into the walk at hand; without recursion, for scripts may be long."""
    done: set[str] = set()
    for first in ways:
        if first in done:
            continue
        path = {first: iter(ways[first])}  # the walk at hand, in order, with the ways not yet tried
        while path:
            last = next(reversed(path))
            following = next(path[last], None)
            if following is None:
                del path[last]
                done.add(last)
            elif following in path:
                walk = list(path)
                yield tuple(walk[walk.index(following) :])
            elif following not in done:
                path[following] = iter(ways[following])


def _hung_up(script: Script) -> Iterator[Trouble]:
    """Whoever never pressed a key is asked something and then hung up: perhaps somebody who cannot speak.

    Whoever could leave a message was heard.
    """
    silent = set(_reach(script, [script.start], silent=True))
    asked = [name for name in silent if isinstance(script.steps[name], Ask | Listen | Details)]
    after = set(_reach(script, asked, silent=True, heard=True))
    for name, step in script.steps.items():
        if name in after and isinstance(step, HangUp):
            yield Trouble("silent_hung_up", name, "", name)
