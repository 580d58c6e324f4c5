"""Calls as steps: what a kernel would have decided, as short as a webhook needs it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from core import events as e
from core import ids
from core.centre import Centre, Service
from core.events.base import Event
from core.personal import Personal
from core.step import Step
from tests import centres

NOW_MS = centres.START_MS
NUMBER = "+33639980001"
DISCREET = "+33199001077"
PROTECTED = "+33199001078"


def centre() -> Centre:
    """petit, with a discreet service and one whose name says too much."""
    small = centres.small()
    first = next(iter(small.services.values()))
    services = {
        first.name: msgspec.structs.replace(first, tenant="yvelines"),
        "discret": _service(first, "discret", DISCREET, discreet=True),
        "pmi_92": _service(first, "pmi_92", PROTECTED),
    }
    return msgspec.structs.replace(small, services=services)


def _service(like: Service, name: str, number: str, **more: Any) -> Service:
    return msgspec.structs.replace(like, name=name, numbers=(number,), tenant="hauts_de_seine", **more)


def interaction(number: int) -> str:
    return ids.mint(NOW_MS + number, number.to_bytes(10, "big"))


def need(queue: str = "rsa", topic: str = "rsa_paiement") -> e.Need:
    return e.Need(queue=queue, skills=(), priority=5, topic=topic, language="fr")


def facts(of: str, *, dialled: str = centres.NUMBER, topic: str = "rsa_paiement", queue: str = "rsa") -> list[Event]:
    """A whole answered call."""
    asked = need(queue, topic)
    return [
        e.CallArrived(
            cause="t",
            interaction=of,
            leg=ids.caller_leg(of),
            node="allo",
            channel="PJSIP/1",
            dialled=dialled,
            caller=Personal(of, "number", NUMBER),
            caller_name=None,
            answered=False,
            caller_key="pseudonym",
        ),
        e.CitizenFound(cause="t", interaction=of, how="one", record=Personal(of, "record", "78-1")),
        e.NeedStated(cause="t", interaction=of, need=asked),
        e.InteractionQueued(cause="t", interaction=of, need=asked, arrived_at_ms=NOW_MS),
        e.AgentChosen(
            cause="t",
            interaction=of,
            offer=ids.offer(of, 1),
            agent="alice",
            phone="1001",
            leg=ids.agent_leg(of, 1),
            expires_at_ms=NOW_MS + 20_000,
            why=e.Why(available=1, eligible=1, rule="longest_idle", waited_ms=0),
        ),
        e.CallConnected(cause="t", interaction=of, agent="alice", leg=ids.agent_leg(of, 1)),
        e.InteractionEnded(cause="t", interaction=of, outcome="answered", reason="hung_up"),
    ]


def steps(calls: int, *, first_seq: int = 1, **call: Any) -> Iterator[Step]:
    """That many calls, woven into one another, a fact a step."""
    lives = [facts(interaction(number), **call) for number in range(calls)]
    seq = first_seq
    for moment in range(len(lives[0])):
        for life in lives:
            yield Step(seq=seq, now_ms=NOW_MS + seq, input=life[moment])
            seq += 1


class Journal:
    """A journal that holds these steps (crm_bridge.webhooks.Kept)."""

    def __init__(self, kept: list[Step]) -> None:
        self.kept = kept

    def last_seq(self) -> int:
        return self.kept[-1].seq if self.kept else 0

    def steps(
        self,
        interaction: str | None = None,
        since_seq: int | None = None,
        until_seq: int | None = None,
        holding: Collection[str] = (),
    ) -> Iterator[Step]:
        del interaction
        return (step for step in self.kept if (since_seq or 0) <= step.seq <= (until_seq or self.last_seq()))
