"""What the log says by itself: a line lost and back, and what looks like fraud, without naming anybody."""

from __future__ import annotations

import logging

import pytest

from core import events as e
from core.step import Step
from runtime.telling.alarms import Alarms
from tests import centres


def trunk(*, reachable: bool) -> e.TrunkChanged:
    reason: e.TrunkFault = "" if reachable else "proxies_silent"
    return e.TrunkChanged(cause="t", node="n", trunk="fixe", reachable=reachable, reason=reason)


def said(caplog: pytest.LogCaptureFixture, *facts: e.Event) -> list[str]:
    alarms = Alarms(centres.kernel())
    with caplog.at_level(logging.WARNING, "allo.alarms"):
        for seq, fact in enumerate(facts, 1):
            alarms.hear(Step(seq=seq, now_ms=seq, input=fact))
    return [record.getMessage() for record in caplog.records]


def test_a_line_is_said_when_it_is_lost_and_when_it_is_back_and_not_each_time_it_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = [trunk(reachable=up) for up in (True, False, False, True, True)]
    assert said(caplog, *told) == [
        "ligne fixe : l'opérateur ne répond plus ; ./allo doctor trunk",
        "ligne fixe : l'opérateur est de nouveau joint",
    ]


def test_a_line_that_is_lost_when_the_centre_opens_is_said_then(caplog: pytest.LogCaptureFixture) -> None:
    kernel = centres.kernel()
    kernel.receive(trunk(reachable=False), 1)
    Alarms(kernel)
    assert [record.getMessage() for record in caplog.records] == [
        "ligne fixe : l'opérateur ne répond plus ; ./allo doctor trunk"
    ]


def test_unusual_look_ups_are_said_without_a_name(caplog: pytest.LogCaptureFixture) -> None:
    many = e.LookUpsUnusual(cause="t", tenant="yvelines", why="persons", count=31, agent="claire.aubry")
    one = e.LookUpsUnusual(cause="t", tenant="yvelines", why="agents", count=6, person="0123456789")
    first, second = said(caplog, many, one)
    assert first.startswith("consultations inhabituelles de fiches (yvelines) : 31 personnes trouvées")
    assert "6 agents ont cherché la même personne en un jour" in second
    assert not any(word in first + second for word in ("claire", "0123456789"))


def test_fraud_is_said_without_the_agent(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = said(caplog, e.FraudSuspected(cause="t", agent="claire.aubry", why="short", count=20, held=False))
    assert line.startswith("fraude possible : 20 appels de quelques secondes d'un même agent en une heure")
    assert "claire" not in line
