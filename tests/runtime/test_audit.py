"""`./allo audit`: each look at a record and each listening, and the hours that calls do not explain."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec

from core import events as e
from core import ids
from core.citizen import Reading
from core.step import Step
from runtime.crm import open_store
from runtime.memory import Memory
from runtime.places import Places
from runtime.settings.crm import RecordsSettings
from tests.commands import allo

CSV = "id;nom;telephone;service;dossier\n78-1;Diallo;0639980001;rsa;RSA\n"
CALL = ids.mint(1_800_000_000_000, b"0123456789")


async def listened(home: Path, *, granted: bool, tenant: str = "yvelines") -> None:
    """The journal has a listening, asked for a moment ago."""
    memory = Memory.file(home / "run" / "journal" / "allo.db", durable=False)
    memory.log.start(lambda _kept, _reason: None)
    memory.log.load()
    heard = e.MessageHeard(
        cause="pages", request="r", agent="claire.aubry", tenant=tenant, interaction=CALL, task=f"{CALL}-m1-t"
    )
    answer = e.RequestAnswered(cause="MessageHeard", request="r", done=granted, reason="")
    seq = memory.log.last_seq + 1
    memory.log.keep([Step(seq=seq, now_ms=time.time_ns() // 1_000_000, input=heard, facts=(answer,))])
    assert await memory.log.kept(seq)
    await memory.log.stop()
    memory.keys.close()


async def ordered(home: Path, *, by: str, tenant: str, reason: str, refused: str = "") -> None:
    """The journal has an order about somebody who waits for `tenant`."""
    memory = Memory.file(home / "run" / "journal" / "allo.db", durable=False)
    memory.log.start(lambda _kept, _reason: None)
    memory.log.load()
    what = e.Move(interaction=CALL, queue="rsa")
    given = e.InstructionGiven(cause="pages", request="r", by=by, what=what, reason=reason)
    need = e.Need(queue="rsa", skills=(), priority=5, topic="", language="fr", tenant=tenant)
    moved = e.ContactMoved(cause="t", interaction=CALL, left="accueil", need=need, by=by, reason=reason)
    answer = e.RequestAnswered(cause="t", request="r", done=not refused, reason=refused)
    seq = memory.log.last_seq + 1
    facts = (answer,) if refused else (moved, answer)
    memory.log.keep([Step(seq=seq, now_ms=time.time_ns() // 1_000_000, input=given, facts=facts)])
    assert await memory.log.kept(seq)
    await memory.log.stop()
    memory.keys.close()


async def test_orders_are_told_with_who_what_and_why_even_those_that_were_refused(tmp_path: Path) -> None:
    await ordered(tmp_path, by="nadia.ferrand", tenant="yvelines", reason="afflux au RSA")
    await ordered(tmp_path, by="nadia.ferrand", tenant="hauts_de_seine", reason="ailleurs")
    await ordered(tmp_path, by="@root", tenant="yvelines", reason="essai", refused="contact_unknown")
    told = allo(tmp_path, "audit", "--tenant", "yvelines", "--json")
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [(line["agent"], line["why"], line["what"], line["reason"], line["refused"]) for line in lines] == [
        ("nadia.ferrand", "order", "déplacé de accueil vers rsa par nadia.ferrand", "afflux au RSA", ""),
        ("@root", "order", "déplacer vers rsa", "essai", "contact_unknown"),
    ]
    sheet = allo(tmp_path, "audit", "--tenant", "yvelines", "--csv").stdout.splitlines()
    assert [line.split(";")[2:4] for line in sheet] == [
        ["Qui", "Nature"],
        ["nadia.ferrand", "consigne"],
        ["'@root", "consigne"],
    ]
    said = allo(tmp_path, "audit", "--tenant", "yvelines", "--agent", "@root")
    assert "(refusé : Cette personne n'attend pas : voyez ./allo contact.)\t« essai »" in said.stdout
    assert "0 consultation(s), 1 consigne(s) et 0 alerte(s)" in said.stderr


async def kept(home: Path, step: Step) -> None:
    """The journal has the step, after what it had."""
    memory = Memory.file(home / "run" / "journal" / "allo.db", durable=False)
    memory.log.start(lambda _kept, _reason: None)
    memory.log.load()
    seq = memory.log.last_seq + 1
    memory.log.keep([msgspec.structs.replace(step, seq=seq)])
    assert await memory.log.kept(seq)
    await memory.log.stop()
    memory.keys.close()


async def suspected(home: Path, agent: str) -> None:
    """The journal has an alert about calls of `agent`."""
    short = e.ConversationEnded(cause="t", interaction=CALL, agent=agent, by="agent")
    alert = e.FraudSuspected(cause="t", agent=agent, why="short", count=20, held=False)
    await kept(home, Step(seq=0, now_ms=time.time_ns() // 1_000_000, input=short, facts=(alert,)))


async def test_what_looks_like_fraud_is_told_to_the_organisation_of_the_agent(tmp_path: Path) -> None:
    await suspected(tmp_path, "claire.aubry")
    told = allo(tmp_path, "audit", "--tenant", "yvelines")
    assert "claire.aubry\talerte\tfraude possible" in told.stdout
    assert "0 consultation(s), 0 consigne(s) et 1 alerte(s)" in told.stderr
    assert allo(tmp_path, "audit", "--tenant", "hauts_de_seine").stdout == ""


async def test_unusual_look_ups_are_told_with_those_that_led_to_them(tmp_path: Path) -> None:
    for tenant in ("yvelines", "hauts_de_seine"):
        alert = e.LookUpsUnusual(cause="look_ups", tenant=tenant, why="persons", count=31, agent="claire.aubry")
        await kept(tmp_path, Step(seq=0, now_ms=time.time_ns() // 1_000_000, input=alert))
    (tmp_path / "usagers.csv").write_text(CSV, encoding="utf-8")
    allo(tmp_path, "records", "import", "usagers.csv", "--tenant", "yvelines")
    store, now_ms = open_store(RecordsSettings(), Places(run=tmp_path / "run")), time.time_ns() // 1_000_000
    for number in range(31):
        reading = Reading(agent="claire.aubry", why="search", interaction=CALL)
        store.note("yvelines", f"78-{number}", reading, now_ms + number)
    store.note("yvelines", "78-1", Reading(agent="karim.benali", why="search", interaction=CALL), now_ms)
    store.close()
    told = allo(tmp_path, "audit", "--tenant", "yvelines")
    assert "claire.aubry\talerte\tconsultations inhabituelles (yvelines) : 31 personnes trouvées" in told.stdout
    assert "32 consultation(s), 0 consigne(s) et 1 alerte(s)" in told.stderr
    some = allo(tmp_path, "audit", "--tenant", "yvelines", "--unusual")
    assert "Inhabituel : claire.aubry, 31 personnes trouvées par nom en une heure" in some.stderr
    assert (some.stdout.count("recherche par nom"), "karim" in some.stdout) == (31, False)


async def test_looks_and_listenings_are_told_by_time_without_a_name(tmp_path: Path) -> None:
    (tmp_path / "usagers.csv").write_text(CSV, encoding="utf-8")
    assert allo(tmp_path, "records", "import", "usagers.csv", "--tenant", "yvelines").returncode == 0
    assert allo(tmp_path, "audit", "--tenant", "yvelines").stdout == ""
    allo(tmp_path, "records", "export", "78-1", "--tenant", "yvelines")
    await listened(tmp_path, granted=True)
    await listened(tmp_path, granted=False)
    await listened(tmp_path, granted=True, tenant="hauts_de_seine")
    told = allo(tmp_path, "audit", "--tenant", "yvelines", "--json")
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [(line["agent"], line["why"]) for line in lines] == [
        ("./allo records export", "export"),
        ("claire.aubry", "message"),
    ]
    assert "78-1" not in told.stdout
    said = allo(tmp_path, "audit", "--tenant", "yvelines", "--agent", "claire.aubry")
    assert "écoute du message" in said.stdout
    assert "1 consultation(s)" in said.stderr
    assert allo(tmp_path, "audit", "--tenant", "yvelines", "--unusual").stdout == ""


def test_an_organisation_that_is_none_is_told_which_are(tmp_path: Path) -> None:
    wrong = allo(tmp_path, "audit", "--tenant", "yveline")
    assert (wrong.returncode, "Possibles : yvelines" in wrong.stderr) == (1, True)
