"""Automatic diallers never reach an agent; people do, however often they call and however silent they are."""

from __future__ import annotations

from typing import Any

from core import events as e
from core import ids
from core.personal import Personal
from ivr.robots import SILENT_CALLS, WINDOW_MS
from runtime.kernel import Kernel
from tests import centres

KEY = "0123456789abcdef"


class Street:
    """Callers, one after the other or side by side, on a whole kernel whose words are over at once."""

    def __init__(self) -> None:
        self.kernel: Kernel = centres.kernel()
        self.now_ms = centres.START_MS
        self.count = 0
        self.ended: list[str] = []
        self._tell(e.CentreStarted(cause="start", release="0"))

    def calls(self, *, count: int = 1, key: str = KEY, presses: str = "") -> set[str]:
        """Callers of one number at once, who hear the menu and press or not: what became of them, before they leave."""
        here = [self._arrives(key) for _ in range(count)]
        while any(self._guided(interaction) for interaction in here):
            if presses and self.kernel.mind("ivr").dialogues[here[0]].state == "listening":
                pressed = Personal(here[0], "keys", presses)
                self._tell(e.KeyPressed(**self._of(here[0]), key=pressed))
            else:
                self._next()
        outcomes = {"machine" if self._machine(interaction) else "queued" for interaction in here}
        for interaction in here:
            self._tell(e.LegEnded(**self._of(interaction), reason="hung_up", code=16))
        return outcomes

    def _arrives(self, key: str) -> str:
        self.count += 1
        interaction = centres.interaction(self.count)
        self._tell(
            e.CallArrived(
                **self._of(interaction),
                node="nord",
                channel="PJSIP/ligne",
                dialled=centres.NUMBER,
                caller=Personal(interaction, "number", "+33639980012") if key else None,
                caller_name=None,
                answered=True,
                caller_key=key,
            )
        )
        return interaction

    def _of(self, interaction: str) -> dict[str, Any]:
        return {"cause": "telephony", "interaction": interaction, "leg": ids.caller_leg(interaction)}

    def _guided(self, interaction: str) -> bool:
        row = self.kernel.mind("ivr").dialogues.get(interaction)
        return row is not None and row.state not in ("waiting", "announcing", "over")

    def _machine(self, interaction: str) -> bool:
        call = self.kernel.mind("calls").calls.get(interaction)
        return call is not None and call.outcome == "machine"

    def later(self, by_ms: int) -> None:
        self.now_ms += by_ms
        self.kernel.reach(self.now_ms)

    def _next(self) -> None:
        """The next deadline of the caller at hand: words are missing here, so that each is left out in its time."""
        deadline = self.kernel.next_deadline_ms()
        assert deadline is not None
        self.kernel.reach(deadline)

    def _tell(self, fact: e.Event) -> None:
        self.kernel.receive(fact, max(self.now_ms, self.kernel.now_ms))


def test_a_dialler_is_heard_out_and_then_no_more_until_it_has_been_quiet() -> None:
    street = Street()
    assert street.calls(count=SILENT_CALLS) == {"queued"}
    assert street.calls(count=3) == {"machine"}
    street.later(WINDOW_MS)
    assert street.calls() == {"machine"}
    street.later(3 * WINDOW_MS)
    assert street.calls() == {"queued"}


def test_one_telephone_that_calls_all_day_and_says_nothing_is_always_let_through() -> None:
    street = Street()
    for _ in range(300):
        assert street.calls() == {"queued"}


def test_another_number_and_no_number_are_somebody_else() -> None:
    street = Street()
    street.calls(count=SILENT_CALLS)
    assert street.calls(count=SILENT_CALLS + 1, key="") == {"queued"}
    assert street.calls(key="fedcba9876543210") == {"queued"}
    assert street.calls() == {"machine"}


def test_one_key_pressed_clears_the_number() -> None:
    street = Street()
    street.calls(count=SILENT_CALLS)
    assert street.calls() == {"machine"}
    assert street.calls(presses="1") == {"queued"}
    assert street.calls() == {"queued"}
