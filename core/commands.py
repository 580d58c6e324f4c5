"""Every order there is.  Imperative, frozen, complete; each has one owner among the minds (runtime/wiring.py)."""

from __future__ import annotations

import msgspec

from core.ids import InteractionId, LegId, OrderId, PlaybackId
from core.personal import Personal
from core.text import Text


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="command", gc=False):
    """An order.  `cause` is the fact that made us decide."""

    cause: str


class AnswerCall(Command, frozen=True, kw_only=True):
    """Answer the caller."""

    interaction: InteractionId
    leg: LegId
    channel: str


class PlayPrompt(Command, frozen=True, kw_only=True):
    """Play the file at `path`; any key stops it; its end comes back as PlaybackEnded.

    With `read` the files that it names, one a line, are played one after the other, and `path` is empty: they read out
    what a caller said or typed.
    """

    interaction: InteractionId
    leg: LegId
    channel: str
    playback: PlaybackId
    path: str
    read: Personal | None


class HoldCaller(Command, frozen=True, kw_only=True):
    """Put the caller into the holding bridge, with music, unless `unless_with` is joined to them already."""

    interaction: InteractionId
    leg: LegId
    channel: str
    unless_with: LegId


class ReturnCaller(Command, frozen=True, kw_only=True):
    """Take the caller back out of the holding bridge, to speak to them."""

    interaction: InteractionId
    leg: LegId
    channel: str


class RingAgent(Command, frozen=True, kw_only=True):
    """Ring `phone`; whoever answers talks with the caller on `caller_channel`, or hears ringing until somebody is
    joined to them if that is empty.  `show` is what the telephone shows; `auto_answer` asks it to answer by itself.

    Left by whom they talk with, whoever answered is hung up, or `kept` on the line, hearing ringing.
    """

    interaction: InteractionId
    leg: LegId
    phone: str
    caller_channel: str
    timeout_ms: int
    show_number: Personal | None
    show_name: str
    auto_answer: bool
    kept: bool


class HangUpLeg(Command, frozen=True, kw_only=True):
    """End a leg; one that is gone already is no fault."""

    interaction: InteractionId
    leg: LegId
    channel: str


class DialNumber(Command, frozen=True, kw_only=True):
    """Dial `number` on `line`, presenting `show`; whoever answers talks with the party on `with_channel`, or is with us
    where that is empty.

    Left by that party, whoever answered `stays` with us, is `kept` on the line hearing ringing, or is hung up.
    `beside`: they come into the conversation that the party has, and part nobody.
    """

    interaction: InteractionId
    leg: LegId
    number: Personal
    line: str
    with_channel: str
    stays: bool
    show: str
    timeout_ms: int
    kept: bool
    beside: bool


class PartLegs(Command, frozen=True, kw_only=True):
    """Put the caller into the holding bridge, with music, and keep the agent on `agent_leg`, who hears ringing."""

    interaction: InteractionId
    leg: LegId
    channel: str
    agent_leg: LegId


class JoinLegs(Command, frozen=True, kw_only=True):
    """Let the party on `leg` talk with `other`, on `with_channel`, out of wherever both are; one whose telephone still
    rings, as soon as it is answered."""

    interaction: InteractionId
    leg: LegId
    other: LegId
    with_channel: str


class PreparePrompt(Command, frozen=True, kw_only=True):
    """Have the words of `text` ready to be played as `prompt`; the answer is PromptReady.  One of hundreds that may be
    needed some day waits behind all others (`behind`)."""

    prompt: str
    text: Text
    words: str
    language: str
    behind: bool


class LookAgain(Command, frozen=True, kw_only=True):
    """Something was missed: ask the node what is true.  Its link is made anew, which is the one way of recovery."""

    node: str


class RecordMessage(Command, frozen=True, kw_only=True):
    """Record what the caller says as `message`: a tone, then up to `longest_ms`; `silence_ms` of silence, # or hanging
    up ends it.  What was said comes back as MessageRecorded, whichever way it ended."""

    interaction: InteractionId
    leg: LegId
    channel: str
    message: str
    longest_ms: int
    silence_ms: int


class EraseMessage(Command, frozen=True, kw_only=True):
    """Erase the recording `message` at `path`; that it is gone comes back as MessageErased."""

    interaction: InteractionId
    message: str
    path: str


class SeekCitizen(Command, frozen=True, kw_only=True):
    """Ask the records of `tenant` whose `number` this is; the answer is CitizenFound, no use after `until_at_ms`."""

    interaction: InteractionId
    tenant: str
    service: str
    number: Personal
    until_at_ms: int


class HearCaller(Command, frozen=True, kw_only=True):
    """Make room for the caller's sound, as `listening` (HearingPlaced says where); play them the files at `prompts`
    until they speak, and tell what they say.  Nobody speaking within `silence_ms` of the last prompt, or speaking
    beyond `longest_ms`, ends it.

    With `only` these words and nothing else are listened for, as with yes and no.  Asked `about` a detail, they may
    pause within it, and a bare number or name is that detail; `so_far` is its value as it was read back to them, by the
    files that `read` names, one a line, in the place of the empty path among `prompts`.
    """

    interaction: InteractionId
    listening: str
    language: str
    prompts: tuple[str, ...]
    only: tuple[str, ...]
    silence_ms: int
    longest_ms: int
    read: Personal | None
    about: str
    so_far: Personal | None


class OpenSpeech(Command, frozen=True, kw_only=True):
    """Lead the caller's sound to `address` (host:port), where it is heard as `listening`."""

    interaction: InteractionId
    leg: LegId
    channel: str
    listening: str
    address: str


class StopHearing(Command, frozen=True, kw_only=True):
    """Hear no more: the caller pressed a key, or goes to a person; one that has ended already is no fault."""

    interaction: InteractionId
    listening: str


class UnderstandWriting(Command, frozen=True, kw_only=True):
    """Say what `text`, in `language`, means; the answer is WritingUnderstood."""

    interaction: InteractionId
    language: str
    text: Personal


AnyCommand = (
    AnswerCall
    | PlayPrompt
    | HoldCaller
    | ReturnCaller
    | RingAgent
    | HangUpLeg
    | DialNumber
    | PartLegs
    | JoinLegs
    | PreparePrompt
    | LookAgain
    | SeekCitizen
    | RecordMessage
    | EraseMessage
    | HearCaller
    | OpenSpeech
    | StopHearing
    | UnderstandWriting
)


class Order(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A command on its way: `id` for its end (done, refused, failed), `lane` for its order among others (rule 7)."""

    id: OrderId
    lane: str
    command: AnyCommand
