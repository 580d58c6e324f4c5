"""The audit that the journal keeps: one order for several organisations, and cells that a spreadsheet would run."""

from __future__ import annotations

import msgspec
import pytest

from core import events as e
from core.centre import Centre, Tenant
from core.step import Step
from runtime.telling.audited import HEADINGS, Line, as_csv, audited, harmless
from tests import centres
from tests.softphone_ui.journals import Kept

START = centres.START_MS


def two() -> Centre:
    tenants = {name: Tenant(name=name, title=name) for name in ("nord", "sud")}
    return msgspec.structs.replace(centres.small(), tenants=tenants)


def shut(seq: int, at_ms: int) -> Step:
    what = e.Shut(queue="rsa", until_at_ms=at_ms + 60_000, waiting="keep")
    given = e.InstructionGiven(cause="pages", request="r", by="@root", what=what, reason="réunion")
    of = {"queue": "rsa", "until_at_ms": at_ms + 60_000, "waiting": "keep", "by": "@root", "reason": "réunion"}
    facts = tuple(e.QueueShut(cause="t", tenant=tenant, **of) for tenant in ("nord", "sud"))  # type: ignore[arg-type]
    return Step(seq=seq, now_ms=at_ms, input=given, facts=facts)


def test_of_one_order_each_organisation_is_told_its_own_part() -> None:
    journal = Kept([shut(1, START), shut(2, START + 1000)])
    [row] = audited(journal, two(), ("nord",), START + 1)
    assert (row.agent, row.reason, row.refused) == ("@root", "réunion", "")
    assert "(nord)" in row.what
    assert "sud" not in row.what
    assert list(audited(journal, two(), ("ailleurs",), START)) == []


@pytest.mark.parametrize("cell", ["=1+1", "+33", "-2", "@root", "\t=1", "\r=1", " =1", "\u00a0=1"])
def test_what_a_spreadsheet_would_run_is_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_words_stay_as_they_are_and_a_cell_ends_where_it_ends() -> None:
    line = Line(at_ms=START, agent="odile", why="order", interaction=None, what="a;b", reason='dit "oui"')
    head, row = as_csv([line], str).splitlines()
    assert head == ";".join(HEADINGS)
    assert row.endswith(';odile;consigne;"a;b";"dit ""oui""";;')
