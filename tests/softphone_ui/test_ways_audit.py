"""The audit on the page: who sees which orders, as data and for a spreadsheet that runs nothing of it."""

from __future__ import annotations

import csv

from softphone_ui.ways_audit import MOST_DAYS
from tests.softphone_ui.house import SOUTH, House

FORMULA = '=HYPERLINK("http://example.org";"ici")'


def rank(interaction: str, reason: str) -> dict[str, object]:
    return {"order": {"do": "rank", "interaction": interaction, "priority": 1}, "reason": reason}


async def test_orders_are_read_again_with_who_what_and_why_within_the_walls(house: House) -> None:
    north = house.arrives(tenant="nord")
    south = house.arrives(SOUTH, record="", tenant="sud", queue="generaliste")
    odile, paule = await house.logged_in("odile"), await house.logged_in("paule")
    assert (await odile.ask("POST", "/api/instruction", rank(north, "urgence sociale"))).body["done"]
    assert (await paule.ask("POST", "/api/instruction", rank(south, "naissance proche"))).body["done"]
    assert (await odile.ask("POST", "/api/instruction", rank(south, "pas à nous"))).status == 404
    read = await odile.ask("GET", "/api/audit?days=1")
    told = [(row["agent"], row["what"], row["reason"], row["refused"][:12]) for row in read.body]
    assert told == [
        ("odile", "priorité 1 au lieu de 5, par odile", "urgence sociale", ""),
        ("odile", "priorité 1", "pas à nous", "Ce n’est plu"),
    ]
    assert read.headers["cache-control"] == "no-store"
    both = (await paule.ask("GET", "/api/audit?days=1")).body
    assert [row["reason"] for row in both] == ["urgence sociale", "naissance proche", "pas à nous"]
    for path in ("/api/audit", "/api/audit.csv"):
        for days in ("0", str(MOST_DAYS + 1), "x"):
            assert (await odile.ask("GET", f"{path}?days={days}")).status == 422


async def test_a_spreadsheet_runs_no_reason(house: House) -> None:
    interaction = house.arrives(tenant="nord")
    odile = await house.logged_in("odile")
    assert (await odile.ask("POST", "/api/instruction", rank(interaction, FORMULA))).body["done"]
    given = await odile.ask("GET", "/api/audit.csv")
    assert given.headers["content-type"] == "text/csv; charset=utf-8"
    assert given.headers["content-disposition"] == 'attachment; filename="consignes.csv"'
    head, row = csv.reader(given.body.lstrip("\ufeff").splitlines(), delimiter=";")
    assert head == ["Date", "Heure", "Qui", "Nature", "Quoi", "Motif", "Refusé car", "Interaction"]
    assert row[2:] == ["odile", "consigne", "priorité 1 au lieu de 5, par odile", f"'{FORMULA}", "", interaction]
