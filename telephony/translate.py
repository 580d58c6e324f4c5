"""AMI messages to facts.  Pure: no clock, no socket; the loop gives the ids.

Asterisk names channels its own way (a channel name, a unique id); these are aliases of our legs.  An agent's leg needs
none: its unique id *is* our leg id, because we gave it.  A caller's alias is made when they arrive, or found again in
the channel variable ALLO_ID.  What is not certainly a leg of ours gives no fact, and garbage never raises.

Facts may come twice around a reconnection (`seen` and then events from before it); each leg remembers where it stands,
so that being bridged, being held or being back is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from core import events as e
from core.centre import AgentWish, Centre
from core.events.base import Event
from core.ids import InteractionId, LegId, PlaybackId, caller_leg, interaction_of, is_listening
from core.personal import Personal
from core.ports import Mint, Recognise
from telephony.agi import agi_answer
from telephony.causes import FAILED_ORIGINATE, reason_of
from telephony.conf_trunks import trunk_of
from telephony.dialled import Numbering
from telephony.fields import Presented, contacts_of, presented_at_start, presented_in, variables_of
from telephony.legs import Leg, Legs
from telephony.numbers import is_nobody, shown_name
from telephony.trunks import Trunks, trunk_of_aor

Fields = Mapping[str, str]

CAUSE: Final = "telephony"

_CALLER_CONTEXTS: Final = frozenset({"from-trunk", "allo"})
_HOLDING: Final = "holding_bridge"
_UP: Final = "6"
_RINGING: Final = "5"
_REACHABLE: Final = frozenset({"Created", "Reachable", "NonQualified"})
_GONE: Final = frozenset({"Removed", "Unreachable"})
_KEYS: Final = frozenset("0123456789*#")


class Translator:
    """Facts of the node called `node`.

    `mint` gives a new interaction; `international` writes a number in E.164; `recognise` gives such a number's
    pseudonym.
    """

    def __init__(self, node: str, mint: Mint, international: Callable[[str], str], recognise: Recognise) -> None:
        self.node = node
        self.mint = mint
        self._international = international
        self._key_of = recognise
        # The interactions that the journal knows; None: no caller is taken for forgotten.
        self.remembered: frozenset[InteractionId] | None = None
        self._legs = Legs()
        self._contacts: dict[str, set[str]] = {}
        self._trunks = Trunks(node)
        self._numberings: Mapping[str, Numbering] = {}
        self._numbering = Numbering()
        self._agents: Mapping[str, str] = {}
        self._codes: Mapping[str, tuple[AgentWish, str]] = {}

    def use(self, centre: Centre) -> None:
        """From now on `centre` says whose a telephone is, what a star code asks for, and which numbers are ours."""
        self._agents = {agent.phone: agent.name for agent in centre.agents.values()}
        self._codes = {code.dial: (code.wish, code.reason) for code in centre.codes.values()}
        known = frozenset(number for service in centre.services.values() for number in service.numbers)
        self._numbering = Numbering(known=known)
        self._numberings = {
            line.name: Numbering(known=known, order=line.service_from, aliases=line.aliases)
            for line in centre.lines.values()
        }

    def facts(self, message: Fields) -> list[Event]:
        """What `message` says, in our words; nothing if it is not about us or cannot be read."""
        read = READERS.get(message.get("Event", ""))
        return list(read(self, message)) if read is not None else []

    def playing(self, leg: LegId, playback: PlaybackId) -> None:
        """`playback` is being ordered on a caller's leg: it ends with the leg if Asterisk never says how."""
        known = self._legs.of(leg)
        if known is not None:
            known.playbacks[playback] = None

    def not_playing(self, leg: LegId, playback: PlaybackId) -> None:
        """Asterisk would not play it."""
        known = self._legs.of(leg)
        if known is not None:
            known.playbacks.pop(playback, None)

    def recording(self, leg: LegId, message: str, path: str) -> None:
        """The caller's words are ordered to be recorded as `message` in `path`."""
        known = self._legs.of(leg)
        if known is not None:
            known.messages[message] = path

    def not_recording(self, leg: LegId, message: str) -> None:
        """Asterisk would not record it."""
        known = self._legs.of(leg)
        if known is not None:
            known.messages.pop(message, None)

    # -- what an order wants and is so already: told again, for whoever orders has missed it -----------------------

    def up_already(self, leg: LegId) -> list[Event]:
        known = self._legs.of(leg)
        if known is None or not known.up:
            return []
        return [e.LegAnswered(cause=CAUSE, interaction=known.interaction, leg=leg, channel=known.channel)]

    def held_already(self, leg: LegId) -> list[Event]:
        known = self._legs.of(leg)
        return [e.CallerHeld(cause=CAUSE, interaction=known.interaction, leg=leg)] if known and known.held else []

    def ringing(self, leg: LegId) -> None:
        """The telephone of `leg` is ordered to ring; Asterisk makes its channel when it comes to it."""
        self._legs.expect(leg)

    def holding(self, leg: LegId, other: LegId = "") -> str | None:
        """The caller is ordered into the music; whether the telephone of `other` rings meanwhile, or is about to.

        Answered before Asterisk carries that out, it would be joined to them and torn from them by the order: so its
        name is to be written on the caller's channel, where the dialplan looks.  None: what stands there is right.
        """
        known, rung = self._legs.of(leg), self._legs.of(other)
        if known is None:
            return None
        rings = self._legs.expects(other) if rung is None else not rung.joined
        known.held_for = other if rings else ""
        before, known.mark = known.mark, known.held_for
        return None if known.mark == before else known.mark

    def joined_already(self, leg: LegId, other: LegId) -> list[Event]:
        """Whether the caller hears `other`: taking them out of that now would end their conversation."""
        known = self._legs.of(leg)
        beside = self._legs.beside(known) if known is not None and not known.held else ()
        return [
            e.LegsBridged(cause=CAUSE, interaction=one.interaction, leg=one.leg) for one in beside if one.leg == other
        ]

    def with_us_already(self, leg: LegId) -> list[Event]:
        known = self._legs.of(leg)
        return (
            [e.CallerReturned(cause=CAUSE, interaction=known.interaction, leg=leg)] if known and known.with_us else []
        )

    def is_up(self, leg: LegId) -> bool:
        """Whether somebody is on the leg; a telephone that rings is none."""
        known = self._legs.of(leg)
        return known is not None and known.up

    # -- the whole truth, asked -----------------------------------------------------------------------------------

    def seen(
        self,
        channels: Iterable[Fields],
        bridges: Iterable[Fields],
        contacts: Iterable[Fields],
        proxies: Iterable[Fields] = (),
        registrations: Iterable[Fields] = (),
    ) -> list[Event]:
        """NodeSeen, the trunks, then an arrival for each caller nobody knows: what is true after a (re)connection.

        `channels` are Status rows with `SEEN_VARIABLES`, `bridges` BridgeListItem rows, `contacts` ContactList rows,
        `proxies` ContactStatusDetail rows of trunks, `registrations` OutboundRegistrationDetail rows.
        """
        rows = [row for row in channels if row.get("Uniqueid") and row.get("Channel")]
        self._legs.keep_only(frozenset(row["Uniqueid"] for row in rows))
        holding = {row.get("BridgeUniqueid", "") for row in bridges if row.get("BridgeTechnology") == _HOLDING}
        ours: list[Leg] = []
        strangers: list[Event] = []
        for row in rows:
            variables = variables_of(row)
            forgotten = self._is_forgotten(row, variables, holding)
            leg = None if forgotten else self._recognise(row, variables)
            if leg is not None:
                self._place(leg, row, holding)
                ours.append(leg)
            elif forgotten or (variables.get("ALLO_CALL") == "1" and not variables.get("ALLO_ID")):
                strangers.append(self._arrival(row, presented_in(variables)))
        self._contacts = contacts_of(contacts)
        phones = tuple(sorted(self._contacts))
        legs = tuple(self._seen_leg(leg, leg.bridge in holding) for leg in ours)
        trunks = self._trunks.seen(proxies, registrations)
        return [e.NodeSeen(cause=CAUSE, node=self.node, legs=legs, phones=phones), *trunks, *strangers]

    def _is_forgotten(self, row: Fields, variables: Fields, holding: set[str]) -> bool:
        """Whether the caller has an interaction that the journal lost, and nobody to talk to."""
        interaction = variables.get("ALLO_ID", "")
        if self.remembered is None or not interaction or interaction in self.remembered:
            return False
        alone = row.get("BridgeID", "") in {"", *holding}
        return alone and self._legs.about(row) is None and not self._legs.has_ended(caller_leg(interaction))

    def _recognise(self, row: Fields, variables: Fields) -> Leg | None:
        known = self._legs.about(row)
        caller = caller_leg(variables.get("ALLO_ID", ""))
        interaction = interaction_of(caller)
        if known is None and interaction is not None and not self._legs.has_ended(caller):
            known = self._legs.add(Leg(row["Uniqueid"], caller, interaction, row["Channel"]))
        return known

    def _place(self, leg: Leg, row: Fields, holding: set[str]) -> None:
        """Brings what we remember of a leg to what Asterisk has."""
        bridge = row.get("BridgeID", "")
        leg.channel = row["Channel"]
        leg.exists = True
        leg.up = row.get("ChannelState") == _UP
        leg.with_us = not bridge and (leg.is_caller or (leg.up and not leg.is_agent))
        if not bridge:
            self._legs.leave(leg)
            return
        others = self._legs.enter(leg, bridge)
        leg.held = not leg.is_agent and bridge in holding
        for first, _ in _pairs_met(leg, others) if bridge not in holding else ():
            first.joined = True

    def _seen_leg(self, leg: Leg, held: bool) -> e.SeenLeg:
        beside = () if held else self._legs.beside(leg)
        partner = next((other.leg for other in beside if other.interaction == leg.interaction), None)
        return e.SeenLeg(leg=leg.leg, channel=leg.channel, up=leg.up, held=held, bridged_with=partner)

    # -- legs come, change and go ---------------------------------------------------------------------------------

    def _agi_started(self, message: Fields) -> Iterable[Event]:
        known = self._legs.about(message)
        if known is None:
            if message.get("Context") in _CALLER_CONTEXTS and message.get("Uniqueid") and message.get("Channel"):
                yield self._arrival(message, presented_at_start(message))
        elif not known.is_agent and not known.with_us:
            self._legs.leave(known)
            known.with_us = True
            yield from self._playbacks_cut(known)
            yield e.CallerReturned(cause=CAUSE, interaction=known.interaction, leg=known.leg)

    def _arrival(self, message: Fields, presented: Presented) -> e.CallArrived:
        """A caller whom nobody knows gets an interaction."""
        interaction = self.mint()
        trunk = trunk_of(message["Channel"])
        known = self._legs.add(Leg(message["Uniqueid"], caller_leg(interaction), interaction, message["Channel"]))
        known.with_us = known.exists = True
        known.up = message.get("ChannelState") == _UP
        number, name = message.get("CallerIDNum", ""), shown_name(message.get("CallerIDName", ""))
        caller = "" if presented.withheld or is_nobody(number) else self._international(number)
        return e.CallArrived(
            cause=CAUSE,
            interaction=interaction,
            leg=known.leg,
            node=self.node,
            channel=known.channel,
            dialled=self._numberings.get(trunk, self._numbering).dialled(presented.said),
            caller=Personal(interaction, "number", caller) if caller else None,
            caller_name=Personal(interaction, "name", name) if name and caller else None,
            answered=known.up,
            caller_key=self._key_of(caller) if caller else "",
            trunk=trunk,
        )

    def _created(self, message: Fields) -> Iterable[Event]:
        known = self._legs.about(message)
        if known is not None:
            known.exists = True
        return ()

    def _changed(self, message: Fields) -> Iterable[Event]:
        known = self._legs.about(message)
        if known is None or known.up:
            return
        known.exists = True
        known.channel = message.get("Channel") or known.channel
        if message.get("ChannelState") == _UP:
            known.up = True
            yield e.LegAnswered(cause=CAUSE, interaction=known.interaction, leg=known.leg, channel=known.channel)
        elif message.get("ChannelState") == _RINGING and not known.is_caller:
            yield e.LegRinging(cause=CAUSE, interaction=known.interaction, leg=known.leg, channel=known.channel)

    def _leaving(self, message: Fields) -> Iterable[Event]:
        """A citizen's BYE is told at once: the agent's leg ends with theirs, and must not seem to go first.

        So is the end of an agent's conversation where it says why: else the citizen seems to be left by the agent.
        """
        known = self._legs.about(message)
        if known is None:
            return ()
        citizens = known.is_caller or (known.up and not known.is_agent)
        says_why = known.joined and message.get("Cause", "0") != "0"
        return self._ended(message) if citizens or says_why else ()

    def _ended(self, message: Fields) -> Iterable[Event]:
        known = self._legs.about(message)
        if known is None:
            return
        text = message.get("Cause", "")
        code = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
        yield from self._messages_over(known)
        yield from self._left_held(known)
        self._legs.end(known)
        reason = reason_of(code, caller=known.is_caller, up=known.up)
        yield e.LegEnded(cause=CAUSE, interaction=known.interaction, leg=known.leg, reason=reason, code=code)
        yield from self._playbacks_cut(known)

    def _left_held(self, agent: Leg) -> Iterable[Event]:
        """Whoever was taken from this leg, and is not joined to it again, is held after all."""
        caller = self._legs.of(caller_leg(agent.interaction))
        if caller is not None and caller.held and caller.held_for == agent.leg:
            caller.held_for = ""
            yield e.CallerHeld(cause=CAUSE, interaction=caller.interaction, leg=caller.leg)

    def _originated(self, message: Fields) -> Iterable[Event]:
        """A telephone that could not be rung at all: no channel was made, so no Hangup will tell."""
        leg = message.get("ActionID", "")
        interaction = interaction_of(leg)
        known = self._legs.about({"Uniqueid": leg})
        if message.get("Response") != "Failure" or interaction is None or known is None or known.exists:
            return
        self._legs.end(known)
        code, reason = FAILED_ORIGINATE.get(message.get("Reason", ""), FAILED_ORIGINATE["0"])
        yield e.LegEnded(cause=CAUSE, interaction=interaction, leg=leg, reason=reason, code=code)

    # -- bridges and sound ----------------------------------------------------------------------------------------

    def _entered(self, message: Fields) -> Iterable[Event]:
        known = self._legs.about(message)
        bridge = message.get("BridgeUniqueid", "")
        if known is None or not bridge or known.bridge == bridge:
            return
        known.exists = True
        others = self._legs.enter(known, bridge)
        known.with_us = False
        if message.get("BridgeTechnology") != _HOLDING:
            yield from self._joined(known, others)
        elif not known.is_agent:
            known.held = True
            yield from self._playbacks_cut(known)
            if not self._torn(known):
                known.held_for = ""
                yield e.CallerHeld(cause=CAUSE, interaction=known.interaction, leg=known.leg)

    def _torn(self, caller: Leg) -> bool:
        """Whether an order that came too late took them away from an agent, who is about to be joined to them again."""
        rung = self._legs.of(caller.held_for)
        return rung is not None and rung.met

    def _joined(self, known: Leg, others: Iterable[Leg]) -> Iterable[Event]:
        """Two legs of one interaction stand in one bridge: told once, of the one that came for the other.

        Words that this cut are over only then: told before, they would lead to the caller being held again.
        """
        met = _pairs_met(known, others)
        for first, second in met:
            again = first.met and second.held_for == first.leg
            if again:
                second.held_for = ""
            elif not first.joined:
                other = "" if second.is_caller else second.leg
                yield e.LegsBridged(cause=CAUSE, interaction=first.interaction, leg=first.leg, other=other)
            first.joined = first.met = True
        for leg in (known, *others) if met else ():
            yield from self._playbacks_cut(leg)

    def _left(self, message: Fields) -> Iterable[Event]:
        known = self._legs.about(message)
        if known is not None and known.bridge == message.get("BridgeUniqueid"):
            self._legs.leave(known)
        return ()

    def _agi_done(self, message: Fields) -> Iterable[Event]:
        """A playback or a recording ended, or the caller is no longer heard."""
        known = self._legs.about(message)
        command = message.get("CommandId", "")
        interaction = interaction_of(command)
        if known is None or interaction != known.interaction:
            return
        if command[len(interaction) + 1 :].startswith("p"):
            known.playbacks.pop(command, None)
            answer = agi_answer(message.get("Result", ""))
            yield e.PlaybackEnded(
                cause=CAUSE,
                interaction=interaction,
                playback=command,
                completed=answer.played_to_the_end,
                pressed=answer.stopped_by_key,
            )
        elif command in known.messages:
            yield self._recorded(known, command)
        elif is_listening(command) and not agi_answer(message.get("Result", "")).done:
            # Nobody took the sound, or whoever did died: whoever hears may not be there to tell.
            yield e.HearingEnded(cause=CAUSE, interaction=interaction, listening=command, why="failed")

    def _playbacks_cut(self, known: Leg) -> Iterable[Event]:
        """Words under way when the leg is bridged or ends: Asterisk never tells how they ended."""
        for playback in known.playbacks:
            yield e.PlaybackEnded(cause=CAUSE, interaction=known.interaction, playback=playback, completed=False)
        known.playbacks.clear()

    def _recorded(self, known: Leg, message: str) -> e.MessageRecorded:
        """The recording is over; how much was said only the file knows, and whoever reads it."""
        path = known.messages.pop(message)
        return e.MessageRecorded(cause=CAUSE, interaction=known.interaction, message=message, path=path, duration_ms=0)

    def _messages_over(self, known: Leg) -> Iterable[Event]:
        """Whoever hangs up while speaking has left a message."""
        for message in list(known.messages):
            yield self._recorded(known, message)

    def _key(self, message: Fields) -> Iterable[Event]:
        known = self._legs.about(message)
        digit = message.get("Digit", "")
        if known is not None and known.is_caller and digit in _KEYS and message.get("Direction") == "Received":
            key = Personal(known.interaction, "keys", digit)
            yield e.KeyPressed(cause=CAUSE, interaction=known.interaction, leg=known.leg, key=key)

    # -- telephones -----------------------------------------------------------------------------------------------

    def _contact(self, message: Fields) -> Iterable[Event]:
        """A telephone is reachable while one of its addresses is; moving from one to another is not told."""
        if trunk_of_aor(message.get("AOR", "")):
            yield from self._trunks.contact(message)
            return
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

    def _registry(self, message: Fields) -> Iterable[Event]:
        return self._trunks.registry(message)

    def _said_by_dialplan(self, message: Fields) -> Iterable[Event]:
        if message.get("UserEvent") == "AlloFax":
            return self._fax(message)
        return self._asked(message)

    def _fax(self, message: Fields) -> Iterable[Event]:
        known = self._legs.about(message)
        if known is not None and known.is_caller:
            yield e.MachineHeard(cause=CAUSE, interaction=known.interaction, leg=known.leg, what="fax")

    def _asked(self, message: Fields) -> Iterable[Event]:
        agent = self._agents.get(message.get("Account", ""))
        code = self._codes.get(message.get("Code", ""))
        if message.get("UserEvent") == "AlloCode" and agent is not None and code is not None:
            yield e.AgentAsked(cause=CAUSE, agent=agent, wish=code[0], reason=code[1])


def _pairs_met(leg: Leg, others: Iterable[Leg]) -> list[tuple[Leg, Leg]]:
    """The pairs that `leg` makes with those `others` that are of its interaction; agents stand first, callers last."""
    pairs = []
    for other in others:
        if other.interaction == leg.interaction:
            first, second = sorted((leg, other), key=_rank)
            pairs.append((first, second))
    return pairs


def _rank(leg: Leg) -> tuple[bool, bool, int]:
    """Agents, then numbers dialled, then the caller; of two of a kind, the later was rung for the other."""
    return not leg.is_agent, leg.is_caller, -int(leg.leg.rpartition("-")[2][1:] or 0)


READERS: Final[dict[str, Callable[[Translator, Fields], Iterable[Event]]]] = {
    "AsyncAGIStart": Translator._agi_started,
    "AsyncAGIExec": Translator._agi_done,
    "Newchannel": Translator._created,
    "Newstate": Translator._changed,
    "BridgeEnter": Translator._entered,
    "BridgeLeave": Translator._left,
    "HangupRequest": Translator._leaving,
    "Hangup": Translator._ended,
    "OriginateResponse": Translator._originated,
    "DTMFEnd": Translator._key,
    "ContactStatus": Translator._contact,
    "Registry": Translator._registry,
    "UserEvent": Translator._said_by_dialplan,
}

WANTED: Final = frozenset(READERS)
"""The events that Asterisk is asked to send, and that the link parses."""
