"""Streams of facts in any order: what sound peers say, late, twice, or about things that never were.

A stream is a list of moves (small numbers, so that Hypothesis can shrink them).  Half of them answer one of the last
orders as Asterisk would; the others are arbitrary.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st

from core import commands as c
from core import events as e
from core import ids
from core.commands import Order
from core.events.base import Event
from core.personal import Personal
from core.step import Step
from runtime.kernel import Kernel
from tests import centres

Move = tuple[int, int, int, int]

moves: Final = st.lists(
    st.tuples(st.integers(0, 39), st.integers(0, 11), st.integers(0, 11), st.sampled_from((0, 1, 20, 400, 1500, 9000))),
    min_size=60,  # long ones, or nothing deep happens; what Hypothesis does not need becomes a move of kind 0
    max_size=140,
)

PEOPLE: Final = tuple(agent.name for agent in centres.AGENTS)
PHONES: Final = tuple(agent.phone for agent in centres.AGENTS)
REASONS: Final[tuple[e.EndReason, ...]] = (
    "hung_up",
    "busy",
    "declined",
    "no_answer",
    "congestion",
    "unreachable",
    "failed",
    "lost",
)
DIGESTS: Final = tuple(build().digest for build in centres.CENTRES.values())


class Stream:
    """Turns moves into facts for one kernel; `steps` are what came of them, `inputs` what was received and when."""

    def __init__(self, kernel: Kernel, on_step: Callable[[Step], None] = lambda _step: None) -> None:
        self.kernel = kernel
        self.on_step = on_step
        self.now_ms = centres.START_MS
        self.steps: list[Step] = []
        self.inputs: list[tuple[Event, int]] = []
        self._arrived = 0
        self._orders: deque[Order] = deque(maxlen=12)
        self.receive(e.CentreStarted(cause="start", release="0"))
        self.receive(e.NodeSeen(cause="telephony", node="nord", legs=(), phones=PHONES))

    def receive(self, event: Event) -> None:
        """What runtime/loop does: deadlines first."""
        self.reach()
        self.inputs.append((event, self.now_ms))
        self._take(self.kernel.receive(event, self.now_ms))

    def reach(self) -> None:
        while (deadline := self.kernel.next_deadline_ms()) is not None and deadline <= self.now_ms:
            for step in self.kernel.reach(deadline):
                self._take(step)

    def _take(self, step: Step) -> None:
        self.steps.append(step)
        self._orders += [order for order in step.orders if not isinstance(order.command, c.PreparePrompt)]
        self.on_step(step)
        for order in step.orders:
            if isinstance(order.command, c.PreparePrompt) and order.command.words:
                path = f"/prompts/{order.command.prompt}"
                self.receive(e.PromptReady(cause="speech", prompt=order.command.prompt, path=path))

    def move(self, move: Move) -> None:
        kind, one, two, after_ms = move
        self.now_ms += after_ms
        self.reach()
        if kind == 0:
            return
        event = self._answer(one, two) if kind < 22 and self._orders else self._any(kind % 19, one, two)
        if event is not None:
            self.receive(event)

    # -- what sound peers say ---------------------------------------------------------------------------------------

    def _answer(self, one: int, two: int) -> Event | None:
        order = self._orders[-1 - one % len(self._orders)]
        command: Any = order.command
        if isinstance(command, c.LookAgain):
            return self._seen(one, two)
        of = {"cause": "telephony", "interaction": command.interaction}
        if isinstance(command, c.AnswerCall):
            return e.LegAnswered(**of, leg=command.leg, channel=command.channel)
        if isinstance(command, c.PlayPrompt):
            return e.PlaybackEnded(**of, playback=command.playback, completed=two > 0)
        if isinstance(command, c.HoldCaller):
            return e.CallerHeld(**of, leg=command.leg)
        if isinstance(command, c.ReturnCaller):
            return e.CallerReturned(**of, leg=command.leg)
        if isinstance(command, c.RingAgent):
            return self._about_agent(of, command.leg, two)
        return e.LegEnded(**of, leg=command.leg, reason="hung_up", code=16)

    def _about_agent(self, of: dict[str, Any], leg: str, two: int) -> Event:
        if two < 3:
            return e.LegRinging(**of, leg=leg, channel="PJSIP/poste")
        if two < 6:
            return e.LegAnswered(**of, leg=leg, channel="PJSIP/poste")
        if two < 9:
            return e.LegsBridged(**of, leg=leg)
        return e.LegEnded(**of, leg=leg, reason=REASONS[two % len(REASONS)], code=0)

    # -- anything else ----------------------------------------------------------------------------------------------

    def _any(self, kind: int, one: int, two: int) -> Event | None:
        interaction = centres.interaction(one % max(1, self._arrived) + 1)
        leg = ids.caller_leg(interaction) if two < 6 else ids.agent_leg(interaction, two - 5)
        of: dict[str, Any] = {"cause": "telephony", "interaction": interaction}
        about: dict[str, Any] = {**of, "leg": leg}
        made: list[Callable[[], Event | None]] = [
            lambda: self._arrival(two),
            lambda: self._arrival(two),
            lambda: self._arrives_again(interaction),
            lambda: e.KeyPressed(**about, key=Personal(interaction, "keys", "0129*"[two % 5])),
            lambda: e.LegAnswered(**about, channel="PJSIP/x"),
            lambda: e.LegEnded(**about, reason=REASONS[two % len(REASONS)], code=0),
            lambda: e.CallerHeld(**about),
            lambda: e.CallerReturned(**about),
            lambda: e.LegsBridged(**about),
            lambda: e.PlaybackEnded(**of, playback=ids.playback(interaction, two), completed=two > 4),
            lambda: e.AgentAsked(
                cause="telephony",
                agent=PEOPLE[one % 3] if one < 11 else "inconnue",
                wish=("ready", "pause", "log_in", "log_out")[two % 4],
                reason="",
            ),
            lambda: e.PhoneSeen(cause="telephony", phone=PHONES[one % 3], reachable=two % 3 > 0),
            lambda: self._seen(one, two),
            lambda: (
                e.NodeLost(cause="telephony", node="nord", reason="coupée")
                if two
                else e.CentreStarted(cause="start", release="0")
            ),
            lambda: e.ConfigurationApplied(cause="reload", digest=DIGESTS[one % len(DIGESTS)]),
            lambda: e.JournalAlarm(cause="journal", kept=two > 5, reason=""),
            lambda: self._order_ended(one, two),
            lambda: e.PromptReady(
                cause="speech", prompt=f"fr/{list(centres.TEXTS)[one % len(centres.TEXTS)]}", path="/p" if two else None
            ),
            lambda: e.FactsMissed(cause="loop", count=one + 1),
        ]
        return made[kind]()

    def _arrival(self, two: int) -> Event:
        self._arrived += 1
        interaction = centres.interaction(self._arrived)
        return e.CallArrived(
            cause="telephony",
            interaction=interaction,
            leg=ids.caller_leg(interaction),
            node="nord",
            channel="PJSIP/ligne",
            dialled=centres.NUMBER if two < 10 else "+33199009999",
            caller=Personal(interaction, "number", "+33639980000") if two % 2 else None,
            caller_name=None,
            answered=two == 7,
        )

    def _arrives_again(self, interaction: str) -> Event | None:
        """Told twice; a caller who has gone never comes back under the same name."""
        call = self.kernel.mind("calls").calls.get(interaction)
        if call is None:
            return None
        return e.CallArrived(
            cause="telephony",
            interaction=interaction,
            leg=call.leg,
            node=call.node,
            channel=call.channel,
            dialled=centres.NUMBER,
            caller=call.caller,
            caller_name=None,
            answered=call.up,
        )

    def _seen(self, one: int, two: int) -> Event:
        """A node in a state that one and two choose, which may be nothing like what was ordered."""
        legs: list[e.SeenLeg] = []
        for at, (interaction, call) in enumerate(self.kernel.mind("calls").calls.items()):
            luck = (one * 5 + two * 3 + at * 7) % 12
            agent = call.agent_leg.leg if call.agent_leg is not None else ids.agent_leg(interaction, 1)
            if luck == 0:
                continue  # gone
            bridged = luck in (1, 2, 3)
            legs.append(
                e.SeenLeg(
                    leg=call.leg,
                    channel=call.channel,
                    up=luck > 1 or call.up,
                    held=luck in (4, 5, 6, 7),
                    bridged_with=agent if bridged else None,
                )
            )
            if bridged or luck in (4, 8):
                partner = call.leg if bridged else None
                legs.append(e.SeenLeg(leg=agent, channel="PJSIP/poste", up=luck != 8, held=False, bridged_with=partner))
        phones = tuple(phone for at, phone in enumerate(PHONES) if (one + two) % (at + 2))
        return e.NodeSeen(cause="telephony", node="nord" if two < 11 else "sud", legs=tuple(legs), phones=phones)

    def _order_ended(self, one: int, two: int) -> Event | None:
        if not self._orders:
            return None
        order = self._orders[-1 - one % len(self._orders)]
        if two < 4:
            return e.OrderDone(cause="telephony", order=order.id)
        if two < 6:
            return e.OrderRefused(cause="telephony", order=order.id, command=order.command, reason="valeur")
        return e.OrderFailed(
            cause="telephony", order=order.id, command=order.command, reason="hasard", retryable=two % 2 == 0
        )
