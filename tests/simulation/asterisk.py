"""An Asterisk made of data: what a node does with our orders and with what people do, on a virtual clock.

It keeps to what was seen of the real one (tests/asterisk/): a caller stands in the AsyncAGI loop, in the holding
bridge, or in a bridge with an agent; commands for a caller who is not in the loop run when they come back to it; an
telephone that is answered is bridged by Asterisk itself; whoever is left goes where the dialplan has them; without us,
calls go on.

What it tells goes to `tell`, in order.  While nobody listens (`listening` false) it tells nothing, and takes no order.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Final

from core import commands as c
from core import events as e
from core.events.base import Event
from core.ids import InteractionId, LegId, caller_leg, is_agent, is_caller
from core.personal import Personal
from telephony.conf_texts import KEPT_S
from tests.simulation.agenda import Agenda
from tests.simulation.line import Line, met

NODE: Final = "nord"


@dataclass(frozen=True)
class Delays:
    """How long things take, in milliseconds."""

    answer: int = 20
    hold: int = 20
    back: int = 20
    words: int = 2_000
    ring: int = 100
    bridge: int = 20
    hang_up: int = 10
    message: int = 6_000
    redirect: int = 0
    patience: int = 180_000


class Asterisk:
    """One node.  `rings(line, now_ms)` and `joined(line, now_ms)` let people react; both are set by whoever plays."""

    def __init__(self, agenda: Agenda, tell: Callable[[Event, int], None], delays: Delays | None = None) -> None:
        self.agenda = agenda
        self.tell = tell
        self.delays = delays or Delays()
        self.lines: dict[LegId, Line] = {}
        self.phones: set[str] = set()
        self.listening = True
        self.says_ms: Callable[[c.RecordMessage], int] = lambda _command: self.delays.message
        self.cut_ms = 4_000
        self.unheard: list[e.MessageRecorded] = []
        self.words_ms: Callable[[c.PlayPrompt], int] = lambda _command: self.delays.words
        self.rings: Callable[[Line, int], None] = lambda _line, _now_ms: None
        self.joined: Callable[[Line, int], None] = lambda _agent, _now_ms: None
        self.ended: Callable[[Line, int], None] = lambda _line, _now_ms: None

    # -- what people do ---------------------------------------------------------------------------------------------

    def arrives(self, interaction: InteractionId, dialled: str, number: str | None, now_ms: int) -> Line:
        """A caller; nobody hears of them while nobody listens."""
        leg = caller_leg(interaction)
        line = Line(leg, interaction, f"PJSIP/ligne-{leg[-6:]}", "agi", dialled=dialled, number=number)
        line.known = self.listening
        self.lines[leg] = line
        self._say(self.arrival(line), now_ms)
        return line

    def arrival(self, line: Line) -> e.CallArrived:
        caller = Personal(line.interaction, "number", line.number) if line.number is not None else None
        return e.CallArrived(
            cause="telephony",
            interaction=line.interaction,
            leg=line.leg,
            node=NODE,
            channel=line.channel,
            dialled=line.dialled,
            caller=caller,
            caller_name=None,
            answered=line.up,
            caller_key=f"key-{line.number}" if line.number is not None else "",
        )

    def presses(self, leg: LegId, key: str, now_ms: int) -> None:
        """A key: heard at any time, and it stops the words."""
        line = self.lines.get(leg)
        if line is None:
            return
        pressed = Personal(line.interaction, "keys", key)
        self._say(e.KeyPressed(cause="telephony", interaction=line.interaction, leg=leg, key=pressed), now_ms)
        if line.playing:
            self._words_over(line, line.playing, completed=False, now_ms=now_ms)

    def calls_out_as_fax(self, leg: LegId, now_ms: int) -> None:
        """Its tone is heard: Asterisk takes it out of whatever it hears."""
        line = self.lines.get(leg)
        if line is not None:
            heard = e.MachineHeard(cause="telephony", interaction=line.interaction, leg=leg, what="fax")
            self._say(heard, now_ms)

    def hangs_up(self, leg: LegId, now_ms: int, reason: e.EndReason = "hung_up", code: int = 16) -> None:
        """Somebody, or a fault, ends the leg."""
        line = self.lines.get(leg)
        if line is not None:
            self._end(line, now_ms, reason, code)

    def answers(self, leg: LegId, now_ms: int) -> None:
        """Somebody lifts the handset; Asterisk joins them to whom they were rung for at once."""
        line = self.lines.get(leg)
        if line is None or line.up or is_caller(leg):
            return
        line.up = True
        self._tell_up(line, now_ms)
        if line.meets:
            self.agenda.at(now_ms + self.delays.bridge, lambda at_ms: self._join(line, at_ms))
        elif line.then == "with_us":
            self.agenda.at(now_ms + self.delays.bridge, lambda at_ms: self._comes(line, at_ms))
        else:
            self._gives_up(line, "phone", now_ms)

    def _comes(self, line: Line, now_ms: int) -> None:
        """Whom we called for nobody in particular begins with us."""
        if self._here(line) and line.place == "phone":
            self._back(line, now_ms)
            self._gives_up(line, "agi", now_ms)

    def _gives_up(self, line: Line, place: str, now_ms: int) -> None:
        """Nobody listens to ringing, or to silence, for ever."""

        def looks(at_ms: int) -> None:
            if line.place == place and not line.playing:
                self.hangs_up(line.leg, at_ms)

        self.agenda.at(now_ms + self.delays.patience, looks)

    def forget(self, mint: Callable[[], InteractionId], remembered: Container[InteractionId]) -> None:
        """Another process: callers without an id of ours, or with one that its journal lost, come as new ones.

        Whoever talks is left alone.
        """
        for line in [line for line in self.lines.values() if is_caller(line.leg)]:
            if line.partner is not None or (line.adopted and line.interaction in remembered):
                continue
            del self.lines[line.leg]
            line.known = False
            line.interaction = mint()
            line.leg = caller_leg(line.interaction)
            line.todo.clear()
            line.playing = line.recording = ""
            line.place = "agi"
            self.lines[line.leg] = line

    # -- our orders -------------------------------------------------------------------------------------------------

    def perform(self, order: c.Order, now_ms: int) -> Event:
        """Takes an order; what it leads to is told later."""
        command = order.command
        if not self.listening:
            return e.OrderFailed(
                cause="telephony", order=order.id, command=command, reason="liaison coupée", retryable=True
            )
        if isinstance(command, c.EraseMessage):
            erased = e.MessageErased(cause="telephony", interaction=command.interaction, message=command.message)
            self._say(erased, now_ms)
        elif isinstance(command, c.RingAgent | c.DialNumber):
            if command.leg in self.lines:
                return e.OrderFailed(
                    cause="telephony", order=order.id, command=command, reason="ChannelId pris", retryable=False
                )
            self._ring(command, now_ms)
        elif (line := self.lines.get(getattr(command, "leg", ""))) is not None:
            self._obey(line, command, now_ms)
        return e.OrderDone(cause="telephony", order=order.id)

    def _obey(self, line: Line, command: c.Command, now_ms: int) -> None:
        """What is so already is told again: whoever orders it has missed it."""
        if isinstance(command, c.AnswerCall):
            line.adopted = True
            if line.up:
                self._tell_up(line, now_ms)
                return
            self.agenda.at(now_ms + self.delays.answer, lambda at_ms: self._answered(line, at_ms))
        elif isinstance(command, c.HoldCaller):
            self._hold(line, command, now_ms)
        elif isinstance(command, c.PartLegs):
            self._part(line, command, now_ms)
        elif isinstance(command, c.JoinLegs):
            self._send(line, command, now_ms)
        elif isinstance(command, c.PlayPrompt | c.RecordMessage):
            line.todo.append(command)
            self._work(line, now_ms)
        elif isinstance(command, c.ReturnCaller) and line.place == "agi":
            self._say(e.CallerReturned(cause="telephony", interaction=line.interaction, leg=line.leg), now_ms)
        elif isinstance(command, c.ReturnCaller):
            self.agenda.at(now_ms + self.delays.back, lambda at_ms: self._back(line, at_ms))
        elif isinstance(command, c.HangUpLeg):
            self.agenda.at(now_ms + self.delays.hang_up, lambda at_ms: self._end(line, at_ms, "hung_up", 16))

    # -- the truth --------------------------------------------------------------------------------------------------

    def seen(self) -> e.NodeSeen:
        """What a (re)connection finds."""
        legs = tuple(
            e.SeenLeg(
                leg=line.leg,
                channel=line.channel,
                up=line.up,
                held=line.place == "holding" or (line.place == "kept" and not is_agent(line.leg)),
                bridged_with=line.partner,
            )
            for line in self.lines.values()
            if line.known
        )
        return e.NodeSeen(cause="telephony", node=NODE, legs=legs, phones=tuple(sorted(self.phones)))

    # -- within -----------------------------------------------------------------------------------------------------

    def _say(self, event: Event, now_ms: int) -> None:
        if self.listening:
            self.tell(event, now_ms)

    def _here(self, line: Line) -> bool:
        return self.lines.get(line.leg) is line

    def _answered(self, line: Line, now_ms: int) -> None:
        if self._here(line) and not line.up:
            line.up = True
            self._tell_up(line, now_ms)

    def _tell_up(self, line: Line, now_ms: int) -> None:
        answered = e.LegAnswered(cause="telephony", interaction=line.interaction, leg=line.leg, channel=line.channel)
        self._say(answered, now_ms)

    def _work(self, line: Line, now_ms: int) -> None:
        """The next command, if the caller is in the loop and nothing is being said."""
        if line.place != "agi" or line.playing or line.recording or not line.todo:
            return
        command = line.todo.popleft()
        if isinstance(command, c.PlayPrompt):
            line.playing = command.playback
            self.agenda.at(
                now_ms + self.words_ms(command),
                lambda at_ms: self._words_over(line, command.playback, completed=True, now_ms=at_ms),
            )
        else:
            line.recording = command.message
            speaks_ms = min(self.says_ms(command), command.longest_ms)
            self.agenda.at(
                now_ms + speaks_ms + command.silence_ms,
                lambda at_ms: self._recorded(line, command.message, speaks_ms, at_ms),
            )

    def _words_over(self, line: Line, playback: str, *, completed: bool, now_ms: int) -> None:
        if self._here(line) and line.playing == playback:
            line.playing = ""
            self._say(
                e.PlaybackEnded(
                    cause="telephony", interaction=line.interaction, playback=playback, completed=completed
                ),
                now_ms,
            )
            self._work(line, now_ms)

    def _recorded(self, line: Line, message: str, said_ms: int, now_ms: int) -> None:
        """The caller has said what they had to say, or nothing."""
        if self._here(line) and line.recording == message:
            line.recording = ""
            self._leave(line, message, said_ms, now_ms)
            self._work(line, now_ms)

    def _leave(self, line: Line, message: str, said_ms: int, now_ms: int) -> None:
        """A message is in its file; who looks later finds it there."""
        path = f"/messages/{message}.wav"
        left = e.MessageRecorded(
            cause="telephony", interaction=line.interaction, message=message, path=path, duration_ms=said_ms
        )
        if self.listening:
            self.tell(left, now_ms)
        else:
            self.unheard.append(left)

    def _cut_words(self, line: Line, now_ms: int) -> None:
        if line.playing:
            playback, line.playing = line.playing, ""
            self._say(
                e.PlaybackEnded(cause="telephony", interaction=line.interaction, playback=playback, completed=False),
                now_ms,
            )

    def _hold(self, line: Line, command: c.HoldCaller, now_ms: int) -> None:
        """What the edge does, by what it knows now; Asterisk's Redirect takes its time, and whoever it finds."""
        if line.place == "holding":
            self._say(e.CallerHeld(cause="telephony", interaction=line.interaction, leg=line.leg), now_ms)
        elif line.partner is not None and line.partner == command.unless_with:
            self._say(met(self.lines[line.partner], line), now_ms)
        else:
            self.agenda.at(now_ms + self.delays.redirect, lambda at_ms: self._redirect(line, at_ms))

    def _redirect(self, line: Line, now_ms: int) -> None:
        """To the holding bridge from wherever they are; who talked with them is alone, and leaves."""
        if not self._here(line) or line.place == "holding":
            return
        self._cut_words(line, now_ms)
        line.todo.clear()
        partner = self._out_of_bridge(line)
        line.place = "entering"
        self.agenda.at(now_ms + self.delays.hold, lambda at_ms: self._held(line, at_ms))
        if partner is not None:
            self._left(partner, now_ms)

    def _part(self, line: Line, command: c.PartLegs, now_ms: int) -> None:
        """Both at once: the caller to the music, the agent to where they are kept."""
        agent = self.lines.get(command.agent_leg)
        if line.place == "holding":
            self._say(e.CallerHeld(cause="telephony", interaction=line.interaction, leg=line.leg), now_ms)
        elif agent is not None:
            agent.then = "kept"
            self.agenda.at(now_ms + self.delays.redirect, lambda at_ms: self._redirect(line, at_ms))

    def _send(self, line: Line, command: c.JoinLegs, now_ms: int) -> None:
        """Whoever rings still learns whom they are for; whoever is up is sent to them."""
        if line.partner == command.other:
            self._say(met(line, self.lines[command.other]), now_ms)
            return
        line.meets = command.other
        if line.up:
            line.then = "hang_up"
            self.agenda.at(now_ms + self.delays.redirect, lambda at_ms: self._join(line, at_ms))

    def _left(self, line: Line, now_ms: int) -> None:
        """Whoever they talked with is gone: back to us, kept on the line, or gone as well."""
        line.partner = None
        if is_caller(line.leg) or line.then == "with_us":
            self._back(line, now_ms)
            if not is_caller(line.leg):
                self._gives_up(line, "agi", now_ms)
        elif line.then == "kept":
            line.place = "kept"
            if line.kept_ms is not None:
                self.agenda.at(now_ms + line.kept_ms, lambda at_ms: self._let_go(line, at_ms))
            else:
                self._gives_up(line, "kept", now_ms)
            if not is_agent(line.leg):
                self._say(e.CallerHeld(cause="telephony", interaction=line.interaction, leg=line.leg), now_ms)
        else:
            self._end(line, now_ms, "left", 26)

    def _out_of_bridge(self, line: Line) -> Line | None:
        """Takes them out of it, and gives whoever is alone there now; of three, two go on talking."""
        partner, guest = self.lines.get(line.partner or ""), self.lines.get(line.guest or "")
        line.partner = line.guest = None
        if partner is not None and guest is not None:
            partner.partner, guest.partner = guest.leg, partner.leg
            partner.guest = guest.guest = None
            return None
        return partner

    def _held(self, line: Line, now_ms: int) -> None:
        if self._here(line) and line.place == "entering":
            line.place = "holding"
            self._say(e.CallerHeld(cause="telephony", interaction=line.interaction, leg=line.leg), now_ms)

    def _back(self, line: Line, now_ms: int) -> None:
        """The caller is in the loop again; who talked with them is alone, and leaves."""
        if not self._here(line):
            return
        was_with_us, line.place, line.playing = line.place == "agi", "agi", ""
        partner = self._out_of_bridge(line)
        if partner is not None:
            self._left(partner, now_ms)
        if not was_with_us:
            self._say(e.CallerReturned(cause="telephony", interaction=line.interaction, leg=line.leg), now_ms)
        self._work(line, now_ms)

    def _ring(self, command: c.RingAgent | c.DialNumber, now_ms: int) -> None:
        line = Line(command.leg, command.interaction, f"PJSIP/{command.leg[-6:]}", "phone")
        line.then = "kept" if command.kept else "hang_up"
        line.kept_ms = 1_000 * KEPT_S if command.kept else None
        taken = gone = False
        if isinstance(command, c.RingAgent):
            taken = any(other.phone == command.phone for other in self.lines.values())
            gone = command.phone not in self.phones
            line.phone, line.meets = command.phone, command.caller_channel
        else:
            line.number, line.meets = command.number.text, command.with_channel
            line.then = "with_us" if command.stays else line.then
            line.beside = command.beside
        self.lines[command.leg] = line
        if gone:
            self._end(line, now_ms, "unreachable", 20)
        elif taken:
            self._end(line, now_ms, "busy", 17)
        else:
            self.agenda.at(now_ms + self.delays.ring, lambda at_ms: self._rings(line, at_ms))
            self.agenda.at(now_ms + command.timeout_ms, lambda at_ms: self._unanswered(line, at_ms))

    def _rings(self, line: Line, now_ms: int) -> None:
        if self._here(line):
            self._say(
                e.LegRinging(cause="telephony", interaction=line.interaction, leg=line.leg, channel=line.channel),
                now_ms,
            )
            self.rings(line, now_ms)

    def _unanswered(self, line: Line, now_ms: int) -> None:
        if self._here(line) and not line.up:
            self._end(line, now_ms, "no_answer", 19)

    def _join(self, line: Line, now_ms: int) -> None:
        """The channel runs Bridge(party): it takes the party from where they are; where there is none, it is left."""
        if not self._here(line):
            return
        party = self._party(line.meets)
        if line.beside:
            self._comes_in(line, party, now_ms)
            return
        former = [self.lines.get(one.partner or "") for one in (line, party) if one is not None]
        line.partner = None
        if party is not None:
            self._cut_words(party, now_ms)
            party.place, party.partner = "bridge", line.leg
            line.place, line.partner = "bridge", party.leg
        for one in former:
            if one is not None and one is not party and one is not line:
                self._left(one, now_ms)
        if party is None:
            self._left(line, now_ms)
            return
        self._say(met(line, party), now_ms)
        self.joined(line, now_ms)

    def _comes_in(self, line: Line, party: Line | None, now_ms: int) -> None:
        """The channel runs BridgeAdd(party): into the conversation that the party has, if there is one."""
        other = self.lines.get(party.partner or "") if party is not None else None
        if party is None or other is None or party.guest is not None:
            self._left(line, now_ms)
            return
        line.place, line.partner, line.guest = "bridge", party.leg, other.leg
        party.guest = other.guest = line.leg
        self._say(met(line, party), now_ms)

    def _let_go(self, line: Line, now_ms: int) -> None:
        """Nobody has sent them on."""
        if line.place == "kept":
            self._end(line, now_ms, "left", 26)

    def _party(self, name: str) -> Line | None:
        return self.lines.get(name) or next((line for line in self.lines.values() if line.channel == name), None)

    def _end(self, line: Line, now_ms: int, reason: e.EndReason, code: int) -> None:
        if not self._here(line):
            return
        self._cut_words(line, now_ms)
        if line.recording:
            self._leave(line, line.recording, self.cut_ms, now_ms)
        del self.lines[line.leg]
        self._say(
            e.LegEnded(cause="telephony", interaction=line.interaction, leg=line.leg, reason=reason, code=code), now_ms
        )
        partner = self._out_of_bridge(line)
        if partner is not None:
            self._left(partner, now_ms)
        self.ended(line, now_ms)
