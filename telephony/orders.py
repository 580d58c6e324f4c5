"""Orders to AMI actions.  An order is done when Asterisk has accepted it; what comes of it is told by its own facts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from core import commands as c
from core import events as e
from core.errors import LinkDown, UnsafeValue
from core.events.base import Event
from core.ids import InteractionId, is_caller, socket_of
from core.personal import Personal
from core.ports import Submit
from telephony.conf_trunks import PREFIX
from telephony.link import ActionRefused, AmiLink
from telephony.messages import Messages
from telephony.numbers import kept, shown_name
from telephony.translate import Translator

# Speak now: once, and not recorded.
TONE: Final = "!1400/350"
TONE_ID: Final = "b1"
# What desk phones take for "answer by yourself": most read the first (RFC 3261's Call-Info with the parameter that Snom
# began with), Polycom and Cisco the second.  Functions in variables are written before the INVITE leaves.
ANSWERS_BY_ITSELF: Final = (
    ("Variable", "PJSIP_HEADER(add,Call-Info)=<sip:allo.invalid>;answer-after=0"),
    ("Variable", "PJSIP_HEADER(add,Alert-Info)=<http://allo.invalid>;info=alert-autoanswer;delay=0"),
)
_CHANNEL: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.@:;+/-]{0,199}$")
_PHONE: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")
_DIALLED: Final = re.compile(r"^\+?[0-9]{2,15}$")
_LINE: Final = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
# As above, in a list that `&` and `,` divide.
_LISTED: Final = re.compile(r"^/[^\x00-\x1f\x7f\"\\&,]{1,500}$")
_ADDRESS: Final = re.compile(r"^[0-9A-Za-z.-]{1,100}:[0-9]{1,5}$")
_PATH: Final = re.compile(r"^/[^\x00-\x1f\x7f\"\\]{1,500}$")
_SHOWN: Final = re.compile(r"[^\w .,'&+()-]")

# How long a channel that is on its way out of a bridge is tried again: some milliseconds were seen, on a busy machine.
BETWEEN_BRIDGES_S: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


class Orders:
    """What Asterisk is asked on one link.  What an order wants and is so already is told, not asked again."""

    def __init__(self, link: AmiLink, translator: Translator, messages: Messages, tell: Submit) -> None:
        self._link, self._translator, self._messages, self._tell = link, translator, messages, tell
        self.carries_out: Final[dict[type[c.Command], Callable[[Any], Awaitable[None]]]] = {
            c.AnswerCall: self._answer,
            c.PlayPrompt: self._play,
            c.HoldCaller: self._hold,
            c.ReturnCaller: self._return,
            c.RingAgent: self._ring,
            c.DialNumber: self._dial,
            c.PartLegs: self._part,
            c.JoinLegs: self._join,
            c.HangUpLeg: self._hang_up,
            c.RecordMessage: self._record,
            c.OpenSpeech: self._open_speech,
        }

    async def let_in(self, arrived: e.CallArrived) -> None:
        """Takes a caller whom the journal forgot out of the music or the words, under their new name."""
        channel = _channel(arrived.channel)
        await self._link.act_in_turn(_mark(channel, arrived.interaction), _to(channel, "caller"))

    def _is_so(self, facts: list[Event]) -> bool:
        """Tells what an order wants and is so already, for whoever orders it has missed it; whether there was any.

        An AGI command for a caller who is held would wait, and run when they come out.
        """
        for fact in facts:
            self._tell(fact)
        return bool(facts)

    async def _answer(self, command: c.AnswerCall) -> None:
        channel = _channel(command.channel)
        mark = _mark(channel, command.interaction)
        if self._is_so(self._translator.up_already(command.leg)):
            await self._link.act(*mark)
        else:
            await self._link.act_in_turn(mark, _to(channel, "answer"))

    async def _play(self, command: c.PlayPrompt) -> None:
        say = _reads_out(command.read) if command.read is not None else _streams(command.path)
        channel = _channel(command.channel)
        self._translator.playing(command.leg, command.playback)
        try:
            await self._agi(channel, say, command.playback)
        except (UnsafeValue, LinkDown, ActionRefused):
            self._translator.not_playing(command.leg, command.playback)
            raise

    async def _record(self, command: c.RecordMessage) -> None:
        channel = _channel(command.channel)
        file = self._messages.path_of(command.message)
        self._messages.wait_for(command.message, file)
        self._translator.recording(command.leg, command.message, str(file))
        silence_s = max(1, command.silence_ms // 1_000)
        say = f'RECORD FILE "{file.with_suffix("")}" wav "#" {command.longest_ms} 0 s={silence_s}'
        try:
            await self._agi(channel, f"EXEC PlayTones {TONE}", f"{command.interaction}-{TONE_ID}")
            await self._agi(channel, say, command.message)
        except (UnsafeValue, LinkDown, ActionRefused):
            self._translator.not_recording(command.leg, command.message)
            raise

    async def _open_speech(self, command: c.OpenSpeech) -> None:
        """What is heard, whoever hears tells; its end leads back into the AsyncAGI loop."""
        if not _ADDRESS.match(command.address):
            raise UnsafeValue("address : hôte:port attendu")
        sound = f'EXEC AudioSocket "{socket_of(command.listening)},{command.address}"'
        await self._agi(_channel(command.channel), sound, command.listening)

    async def _hold(self, command: c.HoldCaller) -> None:
        channel = _channel(command.channel)
        joined = self._translator.joined_already(command.leg, command.unless_with)
        if self._is_so(joined or self._translator.held_already(command.leg)):
            return
        mark = self._translator.holding(command.leg, command.unless_with)
        if mark is not None:
            # On the caller: the telephone's channel may not be made yet.
            await self._mark_held(channel, mark)
            if self._is_so(self._translator.joined_already(command.leg, command.unless_with)):
                return
        await self._link.act(*_to(channel, "hold"))

    async def _mark_held(self, channel: str, telephone: str) -> None:
        """Writes on the caller's channel which telephone lets them arrive in the music before it joins them."""
        fields = [("Channel", _channel(channel)), ("Variable", "ALLO_HELD_FOR"), ("Value", telephone)]
        await self._link.act("Setvar", fields)

    async def _agi(self, channel: str, command: str, command_id: str) -> None:
        await self._link.act("AGI", [("Channel", channel), ("Command", command), ("CommandID", command_id)])

    async def _return(self, command: c.ReturnCaller) -> None:
        channel = _channel(command.channel)
        if not self._is_so(self._translator.with_us_already(command.leg)):
            await self._link.act(*_to(channel, "caller"))

    async def _ring(self, command: c.RingAgent) -> None:
        if not _PHONE.match(command.phone):
            raise UnsafeValue("phone : nom de compte SIP attendu")
        self._translator.ringing(command.leg)
        waits = not command.caller_channel
        fields = [
            ("Channel", f"PJSIP/{command.phone}"),
            ("Timeout", str(max(1, command.timeout_ms))),
            ("CallerID", _caller_id(command)),
            *(_begins("alone", "") if waits else _begins(_answers_at(command.kept), command.caller_channel)),
            *(ANSWERS_BY_ITSELF if command.auto_answer else ()),
        ]
        await self._originate(command.leg, fields)

    async def _dial(self, command: c.DialNumber) -> None:
        number = command.number.text or ""
        if not _DIALLED.match(number):
            raise UnsafeValue("number : numéro de téléphone attendu")
        if not _LINE.match(command.line):
            raise UnsafeValue("line : nom de ligne attendu")
        fields = [
            ("Channel", f"PJSIP/{number}@{PREFIX}{command.line}"),
            ("Timeout", str(max(1, command.timeout_ms))),
            ("CallerID", f'"" <{kept(command.show)}>'),
            *(_begins(_dialled_at(command), command.with_channel) if command.with_channel else _begins("caller", "")),
        ]
        await self._originate(command.leg, fields)

    async def _part(self, command: c.PartLegs) -> None:
        """Both at once: who is left alone in a bridge would leave it for where they came from."""
        if self._is_so(self._translator.held_already(command.leg)):
            return
        mark = self._translator.holding(command.leg)
        if mark is not None:
            await self._mark_held(command.channel, mark)
        agent = [("ExtraChannel", _channel(command.agent_leg)), ("ExtraContext", "allo")]
        action, fields = _to(_channel(command.channel), "hold")
        await self._link.act(action, [*fields, *agent, ("ExtraExten", "kept"), ("ExtraPriority", "1")])

    async def _join(self, command: c.JoinLegs) -> None:
        channel, other = _channel(command.leg), _channel(command.with_channel)
        if self._is_so(self._translator.joined_already(command.other, command.leg)):
            return
        # Asked first: who answers while the variable is set goes to the other by themselves.
        up = self._translator.is_up(command.leg)
        await self._link.act("Setvar", [("Channel", channel), ("Variable", "ALLO_WITH"), ("Value", other)])
        if up:
            await self._send(channel, "joined")

    async def _send(self, channel: str, exten: str) -> None:
        """Between two bridges a channel is nowhere for a moment, and Asterisk refuses to send it anywhere."""
        for wait_s in BETWEEN_BRIDGES_S:
            try:
                await self._link.act(*_to(channel, exten))
                return
            except ActionRefused as refused:
                if "channel not up" not in str(refused):
                    raise
            await asyncio.sleep(wait_s)
        await self._link.act(*_to(channel, exten))

    async def _originate(self, leg: str, fields: list[tuple[str, str]]) -> None:
        await self._link.act("Originate", [*fields, ("Async", "true"), ("ChannelId", leg)], action_id=leg)

    async def _hang_up(self, command: c.HangUpLeg) -> None:
        channel = _channel(command.channel or command.leg)
        if is_caller(channel):
            raise UnsafeValue("channel : nom de canal de l'appelant attendu")
        try:
            await self._link.act("Hangup", [("Channel", channel), ("Cause", "16")])
        except ActionRefused as refused:
            if "No such channel" not in str(refused):
                raise


def _to(channel: str, exten: str) -> tuple[str, list[tuple[str, str]]]:
    """Sends the channel to one of our places in the dialplan, at once: a Redirect wakes it.

    AsyncAGI would look for a command only at the caller's next packet of sound, or after a tenth of a second.
    """
    return "Redirect", [("Channel", channel), ("Context", "allo"), ("Exten", exten), ("Priority", "1")]


def _mark(channel: str, interaction: InteractionId) -> tuple[str, list[tuple[str, str]]]:
    """Writes on the channel whose it is, for a start that finds it."""
    return "Setvar", [("Channel", channel), ("Variable", "ALLO_ID"), ("Value", interaction)]


def _channel(name: str) -> str:
    """A channel's whole name or unique id; what Asterisk might read as a pattern or as arguments is refused."""
    if not _CHANNEL.match(name):
        raise UnsafeValue("channel : nom de canal attendu")
    return name


def _begins(place: str, with_channel: str) -> list[tuple[str, str]]:
    """Where in the dialplan whoever answers begins; and with whom, by the whole name: Bridge would take a beginning."""
    known = [("Variable", f"ALLO_WITH={_channel(with_channel)}")] if with_channel else []
    return [("Context", "allo"), ("Exten", place), ("Priority", "1"), *known]


def _answers_at(kept: bool) -> str:
    """Where whoever answers begins: left by whom they talk with, they are kept or hung up."""
    return "consulted" if kept else "joined"


def _dialled_at(command: c.DialNumber) -> str:
    if command.beside:
        return "beside"
    return "dialled" if command.stays else _answers_at(command.kept)


def _caller_id(command: c.RingAgent) -> str:
    """What the telephone shows: plain letters and digits, so that no quote or bracket ends the name early."""
    name = _SHOWN.sub("", shown_name(command.show_name))
    number = kept(command.show_number.text or "") if command.show_number is not None else ""
    return f'"{name}" <{number}>'


def _streams(path: str) -> str:
    if not _PATH.match(path):
        raise UnsafeValue("path : chemin absolu sans guillemet attendu")
    return f'STREAM FILE "{path}" "0123456789*#"'


def _reads_out(read: Personal) -> str:
    """One sound after the other, until a key is pressed: by an application that every Asterisk has built in."""
    paths = (read.text or "").split("\n")
    if not all(_LISTED.match(path) for path in paths):
        raise UnsafeValue("read : chemins absolus attendus")
    return f'EXEC BackGround "{"&".join(paths)}"'
