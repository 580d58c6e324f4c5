"""Why a leg ended: Q.850 causes and Asterisk's Originate reasons in our words.  Pure."""

from __future__ import annotations

from typing import Final

from core.events.legs import EndReason

_REASONS: Final[dict[int, EndReason]] = {
    1: "unreachable",  # unallocated number
    2: "unreachable",
    3: "unreachable",
    16: "hung_up",
    17: "busy",
    18: "unreachable",  # no user responding: the telephone itself is silent
    19: "no_answer",
    20: "unreachable",  # subscriber absent
    21: "declined",
    26: "hung_up",  # answered elsewhere
    27: "unreachable",  # destination out of order
    31: "hung_up",
    34: "congestion",
    38: "congestion",
    41: "congestion",
    42: "congestion",
    44: "congestion",
}

# Asterisk's Reason of a failed Originate (a control frame's number) without a channel: (Q.850 cause, our word).
FAILED_ORIGINATE: Final[dict[str, tuple[int, EndReason]]] = {
    "0": (20, "unreachable"),
    "1": (21, "declined"),
    "3": (19, "no_answer"),
    "5": (17, "busy"),
    "8": (34, "congestion"),
}


# What our dialplan hangs up with when whoever was talked with has left: no telephone that is up says this by itself.
LEFT: Final = 26


def reason_of(code: int, *, caller: bool, up: bool) -> EndReason:
    """The word for Q.850 cause `code`; a caller who gives up, and whoever leaves without a cause, hung up."""
    if code == LEFT and up and not caller:
        return "left"
    if code in _REASONS:
        return _REASONS[code]
    return "hung_up" if code == 0 or caller or up else "failed"
