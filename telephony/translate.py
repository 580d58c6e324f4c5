"""AMI messages to facts.  Pure: no clock, no socket; the loop gives the ids.

Asterisk names channels its own way (a channel name, a unique id); these are aliases of our legs, kept here.  An agent's
leg needs none: its unique id *is* our leg id, because we gave it.  A caller's alias is made when they arrive, or found
again in the channel variable ALLO_ID.  What is not certainly a leg of ours gives no fact, and garbage never raises.

Facts may come twice around a reconnection (`seen` and then events from before it); each leg remembers where it stands,
so that being bridged, being held or being back is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import unquote

from core import events as e
from core.centre import AgentWish
from core.events.base import Event
from core.ids import LegId, caller_leg, interaction_of
from core.personal import Personal
from core.ports import Mint
from telephony.agi import agi_answer
from telephony.causes import FAILED_ORIGINATE, reason_of
from telephony.legs import Leg, Legs
from telephony.numbers import is_nobody, shown_name

CAUSE: Final = "telephony"
ARRIVING_CONTEXT: Final = "from-trunk"
CALLER_CONTEXTS: Final = frozenset({ARRIVING_CONTEXT, "allo"})
HOLDING: Final = "holding_bridge"
_REACHABLE: Final = frozenset({"Created", "Reachable", "NonQualified"})
_LISTED: Final = frozenset({"Reachable", "NonQualified", "Unknown"})
_GONE: Final = frozenset({"Removed", "Unreachable"})
_KEYS: Final = frozenset("0123456789*#")

HOLD: Final = "h"
"""The suffix that makes a CommandID of a caller's interaction the one of putting them on hold."""


class Translator:
    """Facts of the node called `node`.  `international` writes a number in E.164 where it can."""

    def __init__(self, node: str, mint: Mint, international: Callable[[str], str]) -> None:
        self.node = node
        self.mint = mint
        self._international = international
        self._legs = Legs()
        self._contacts: dict[str, set[str]] = {}
        self._agents: Mapping[str, str] = {}
        self._codes: Mapping[str, tuple[AgentWish, str]] = {}
        self._read: Final[Mapping[str, Callable[[Mapping[str, str]], Iterable[Event]]]] = {
            "AsyncAGIStart": self._agi_started,
            "AsyncAGIExec": self._agi_done,
            "Newchannel": self._created,
            "Newstate": self._changed,
            "BridgeEnter": self._entered,
            "BridgeLeave": self._left,
            "Hangup": self._hung_up,
            "OriginateResponse": self._originated,
            "DTMFEnd": self._key,
            "ContactStatus": self._contact,
            "UserEvent": self._user_event,
        }

    def use(self, agents: Mapping[str, str], codes: Mapping[str, tuple[AgentWish, str]]) -> None:
        """From now on `agents` says whose a telephone is, and `codes` what a dialled star code asks for."""
        self._agents = agents
        self._codes = codes

    def facts(self, message: Mapping[str, str]) -> list[Event]:
        """What `message` says, in our words; nothing if it is not about us or cannot be read."""
        read = self._read.get(message.get("Event", ""))
        return list(read(message)) if read is not None else []

    def seen(
        self,
        channels: Iterable[Mapping[str, str]],
        bridges: Iterable[Mapping[str, str]],
        contacts: Iterable[Mapping[str, str]],
    ) -> list[Event]:
        """The whole truth, asked after a (re)connection: NodeSeen, then an arrival for each caller nobody knows.

        `channels` are Status rows with the variables of `SEEN_VARIABLES`, `bridges` BridgeListItem rows, `contacts`
        ContactList rows.
        """
        rows = [row for row in channels if row.get("Uniqueid") and row.get("Channel")]
        self._legs.keep_only(frozenset(row["Uniqueid"] for row in rows))
        holding = {row.get("BridgeUniqueid", "") for row in bridges if row.get("BridgeTechnology") == HOLDING}
        held: set[str] = set()
        ours: list[tuple[Leg, Mapping[str, str]]] = []
        strangers: list[Event] = []
        for row in rows:
            variables = _variables(row)
            leg = self._recognise(row, variables)
            if leg is not None:
                ours.append((leg, row))
            elif variables.get("ALLO_CALL") == "1":
                strangers.append(self._arrival(row, _presented(variables)))
        for leg, row in ours:
            self._place(leg, row, row.get("BridgeID", "") in holding)
            if row.get("BridgeID", "") in holding:
                held.add(leg.leg)
        seen = tuple(self._seen_leg(leg, leg.leg in held) for leg, _ in ours)
        self._contacts = _contacts(contacts)
        phones = tuple(sorted(phone for phone, uris in self._contacts.items() if uris))
        return [e.NodeSeen(cause=CAUSE, node=self.node, legs=seen, phones=phones), *strangers]

    def _recognise(self, row: Mapping[str, str], variables: Mapping[str, str]) -> Leg | None:
        known = self._legs.about(row)
        interaction = interaction_of(f"{variables.get('ALLO_ID', '')}-c")
        if known is None and interaction is not None and not interaction_of(row["Uniqueid"]):
            known = self._legs.add(Leg(row["Uniqueid"], caller_leg(interaction), interaction, row["Channel"]))
        return known

    def _place(self, leg: Leg, row: Mapping[str, str], held: bool) -> None:
        """Brings what we remember of a leg to what Asterisk has."""
        bridge = row.get("BridgeID", "")
        leg.channel = row["Channel"]
        leg.exists = True
        leg.up = row.get("ChannelState") == "6"
        leg.with_us = leg.is_caller and not bridge
        if not bridge:
            self._legs.leave(leg)
            return
        for other in self._legs.enter(leg, bridge):
            if not held and other.interaction == leg.interaction and other.is_caller != leg.is_caller:
                (leg if other.is_caller else other).joined = True

    def _seen_leg(self, leg: Leg, held: bool) -> e.SeenLeg:
        others = self._legs.beside(leg) if not held else []
        partner = next((other.leg for other in others if other.interaction == leg.interaction), None)
        return e.SeenLeg(leg=leg.leg, channel=leg.channel, up=leg.up, held=held, bridged_with=partner)

    def playing(self, leg: LegId, playback: str) -> None:
        """`playback` was ordered on a caller's leg: it ends with the leg if Asterisk never says how."""
        known = self._legs.of(leg)
        if known is not None:
            known.playbacks[playback] = None

    def not_playing(self, leg: LegId, playback: str) -> None:
        """Asterisk would not play it."""
        known = self._legs.of(leg)
        if known is not None:
            known.playbacks.pop(playback, None)

    # -- callers and agents ---------------------------------------------------------------------------------------

    def _agi_started(self, message: Mapping[str, str]) -> Iterable[Event]:
        known = self._legs.about(message)
        if known is None:
            if message.get("Context", "") in CALLER_CONTEXTS and message.get("Uniqueid") and message.get("Channel"):
                yield self._arrival(message, _environment(message))
        elif known.is_caller and not known.with_us:
            self._legs.leave(known)
            known.with_us = True
            yield e.CallerReturned(cause=CAUSE, interaction=known.interaction, leg=known.leg)

    def _arrival(self, message: Mapping[str, str], environment: Mapping[str, str]) -> e.CallArrived:
        """A caller whom nobody knows gets an interaction."""
        interaction = self.mint()
        known = Leg(message["Uniqueid"], caller_leg(interaction), interaction, message["Channel"])
        known.with_us = True
        self._legs.add(known)
        dialled = environment.get("dialled") or message.get("Exten", "")
        number, name = message.get("CallerIDNum", ""), shown_name(message.get("CallerIDName", ""))
        withheld = is_nobody(number) or environment.get("withheld") == "yes"
        return e.CallArrived(
            cause=CAUSE,
            interaction=interaction,
            leg=known.leg,
            node=self.node,
            channel=known.channel,
            dialled=self._international(dialled),
            caller=None if withheld else Personal(interaction, "number", self._international(number)),
            caller_name=Personal(interaction, "name", name) if name and not withheld else None,
            answered=message.get("ChannelState") == "6",
        )

    def _created(self, message: Mapping[str, str]) -> Iterable[Event]:
        known = self._legs.about(message)
        if known is not None:
            known.channel = message.get("Channel", "") or known.channel
            known.exists = True
        return ()

    def _changed(self, message: Mapping[str, str]) -> Iterable[Event]:
        known = self._legs.about(message)
        state = message.get("ChannelState")
        if known is None:
            return
        known.exists = True
        known.channel = message.get("Channel", "") or known.channel
        where = {"cause": CAUSE, "interaction": known.interaction, "leg": known.leg, "channel": known.channel}
        if state == "6" and not known.up:
            known.up = True
            yield e.LegAnswered(**where)
        elif state == "5" and not known.is_caller and not known.up:
            yield e.LegRinging(**where)

    def _hung_up(self, message: Mapping[str, str]) -> Iterable[Event]:
        known = self._legs.about(message)
        if known is None:
            return
        code = message.get("Cause", "")
        yield from self._end(known, int(code) if code.isdecimal() else 0)

    def _end(self, known: Leg, code: int) -> Iterable[Event]:
        yield from self._playbacks_cut(known)
        self._legs.end(known)
        yield e.LegEnded(
            cause=CAUSE,
            interaction=known.interaction,
            leg=known.leg,
            reason=reason_of(code, caller=known.is_caller, up=known.up),
            code=code,
        )

    def _originated(self, message: Mapping[str, str]) -> Iterable[Event]:
        """A telephone that could not be rung at all: there is no channel, so no Hangup will tell."""
        leg = message.get("ActionID", "")
        interaction = interaction_of(leg)
        if message.get("Response") != "Failure" or interaction is None or self._legs.has_ended(leg):
            return
        known = self._legs.of(leg)
        if known is not None and known.exists:
            return
        code, reason = FAILED_ORIGINATE.get(message.get("Reason", ""), FAILED_ORIGINATE["0"])
        self._legs.end(known or Leg(leg, leg, interaction, ""))
        yield e.LegEnded(cause=CAUSE, interaction=interaction, leg=leg, reason=reason, code=code)

    # -- bridges and sound ----------------------------------------------------------------------------------------

    def _entered(self, message: Mapping[str, str]) -> Iterable[Event]:
        known = self._legs.about(message)
        bridge = message.get("BridgeUniqueid", "")
        if known is None or not bridge or known.bridge == bridge:
            return
        known.exists = True
        others = self._legs.enter(known, bridge)
        if known.is_caller:
            known.with_us = False
            yield from self._playbacks_cut(known)
        if message.get("BridgeTechnology") != HOLDING:
            yield from self._joined(known, others)
        elif known.is_caller:
            known.hold_failed = False
            yield e.CallerHeld(cause=CAUSE, interaction=known.interaction, leg=known.leg)

    def _joined(self, known: Leg, others: Iterable[Leg]) -> Iterable[Event]:
        """The agent's leg and the caller's stand in one bridge: told once for each agent's leg."""
        for other in others:
            if other.interaction == known.interaction and other.is_caller != known.is_caller:
                agent = known if other.is_caller else other
                if not agent.joined:
                    agent.joined = True
                    yield e.LegsBridged(cause=CAUSE, interaction=agent.interaction, leg=agent.leg)

    def _left(self, message: Mapping[str, str]) -> Iterable[Event]:
        known = self._legs.about(message)
        if known is not None and known.bridge == message.get("BridgeUniqueid"):
            self._legs.leave(known)
        return ()

    def _agi_done(self, message: Mapping[str, str]) -> Iterable[Event]:
        command = message.get("CommandId", "")
        interaction = interaction_of(command)
        if interaction is None:
            return
        answer = agi_answer(message.get("Result", ""))
        known = self._legs.about(message)
        kind = command[len(interaction) + 1 :]
        if kind.startswith("p"):
            if known is not None:
                known.playbacks.pop(command, None)
            yield e.PlaybackEnded(
                cause=CAUSE, interaction=interaction, playback=command, completed=answer.played_to_the_end
            )
        elif kind == HOLD and known is not None and answer.result == -2 and not known.hold_failed:
            known.hold_failed = True  # once: a hold that fails again and again is left to the minds' own time limit
            yield e.CallerReturned(cause=CAUSE, interaction=known.interaction, leg=known.leg)

    def _playbacks_cut(self, known: Leg) -> Iterable[Event]:
        """Words under way when the leg is bridged or ends: Asterisk never tells how they ended."""
        for playback in known.playbacks:
            yield e.PlaybackEnded(cause=CAUSE, interaction=known.interaction, playback=playback, completed=False)
        known.playbacks.clear()

    def _key(self, message: Mapping[str, str]) -> Iterable[Event]:
        known = self._legs.about(message)
        digit = message.get("Digit", "")
        if known is not None and known.is_caller and digit in _KEYS and message.get("Direction") == "Received":
            key = Personal(known.interaction, "keys", digit)
            yield e.KeyPressed(cause=CAUSE, interaction=known.interaction, leg=known.leg, key=key)

    # -- telephones -----------------------------------------------------------------------------------------------

    def _contact(self, message: Mapping[str, str]) -> Iterable[Event]:
        """A telephone is reachable while one of its addresses is; moving from one to another is not told."""
        phone, uri = message.get("AOR", ""), message.get("URI", "")
        status = message.get("ContactStatus", "")
        if not phone or status not in _REACHABLE | _GONE:
            return
        contacts = self._contacts.setdefault(phone, set())
        before = bool(contacts)
        if status in _REACHABLE:
            contacts.add(uri)
        else:
            contacts.discard(uri)
        if bool(contacts) != before:
            yield e.PhoneSeen(cause=CAUSE, phone=phone, reachable=not before)

    def _user_event(self, message: Mapping[str, str]) -> Iterable[Event]:
        agent = self._agents.get(message.get("Account", ""))
        code = self._codes.get(message.get("Code", ""))
        if message.get("UserEvent") == "AlloCode" and agent is not None and code is not None:
            yield e.AgentAsked(cause=CAUSE, agent=agent, wish=code[0], reason=code[1])


WANTED: Final = frozenset(
    {
        "AsyncAGIStart",
        "AsyncAGIExec",
        "Newchannel",
        "Newstate",
        "BridgeEnter",
        "BridgeLeave",
        "Hangup",
        "HangupRequest",
        "OriginateResponse",
        "DTMFEnd",
        "ContactStatus",
        "UserEvent",
    }
)
"""The events that Asterisk is asked to send, and that the link parses."""


SEEN_VARIABLES: Final = "ALLO_CALL,ALLO_ID,ALLO_DIALLED,CALLERID(num-pres)"
"""What a Status action must ask of each channel for `Translator.seen`."""


def _environment(message: Mapping[str, str]) -> dict[str, str]:
    """What the AGI environment tells beyond the event's own fields: whether the caller withholds the number."""
    presentation = ""
    for line in unquote(message.get("Env", "")).split("\n"):
        name, _, value = line.partition(": ")
        if name == "agi_callingpres":
            presentation = value.strip()
    restricted = presentation.isdecimal() and int(presentation) & 0x60 == 0x20
    return {"withheld": "yes" if restricted else "no"}


def _variables(row: Mapping[str, str]) -> dict[str, str]:
    """`Variable: NAME=value`, once for each."""
    pairs = (line.partition("=") for line in row.get("Variable", "").split("\n"))
    return {name: value for name, equals, value in pairs if equals}


def _presented(variables: Mapping[str, str]) -> dict[str, str]:
    withheld = variables.get("CALLERID(num-pres)", "").startswith("prohib")
    return {"dialled": variables.get("ALLO_DIALLED", ""), "withheld": "yes" if withheld else "no"}


def _contacts(rows: Iterable[Mapping[str, str]]) -> dict[str, set[str]]:
    """Reachable addresses of each telephone."""
    found: dict[str, set[str]] = {}
    for row in rows:
        if row.get("Status") in _LISTED:
            found.setdefault(row.get("Aor", ""), set()).add(row.get("Uri", ""))
    found.pop("", None)
    return found
