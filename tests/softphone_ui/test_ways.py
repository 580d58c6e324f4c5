"""Requests that are wrong, long or hostile have a defined answer, which repeats nothing of them."""

from __future__ import annotations

from typing import Any

import pytest

from core import events as e
from softphone_ui.guard import BODY_BYTES
from tests.softphone_ui.house import House


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("/api/state", {"wish": "pause"}, 400, "pause_reason"),
        ("/api/state", {"wish": "pause", "reason": "sieste"}, 400, "pause_reason"),
        ("/api/state", {"wish": "ready", "reason": "dejeuner"}, 400, "pause_reason"),
        ("/api/state", {"wish": "fly"}, 422, "malformed"),
        ("/api/state", {"wish": "ready", "agent": "bruno"}, 422, "malformed"),
        ("/api/wrap-up", {"interaction": "i" * 100, "code": "rsa"}, 422, "malformed"),
        ("/api/task", {"task": "t"}, 422, "malformed"),
        ("/api/nothing", {}, 404, "Not Found"),
    ],
)
async def test_what_is_wrong_is_told(house: House, path: str, body: Any, status: int, reason: str) -> None:
    alice = await house.logged_in("alice")
    answer = await alice.ask("POST", path, body)
    assert (answer.status, answer.body) == (status, {"reason": reason})


async def test_a_code_that_does_not_exist_and_a_note_that_is_too_long_are_refused(house: House) -> None:
    alice = await house.logged_in("alice")
    house.available("alice")
    interaction = house.arrives()
    house.answers(interaction)
    answer = await alice.ask("POST", "/api/wrap-up", {"interaction": interaction, "code": "divers"})
    assert (answer.status, answer.body) == (400, {"reason": "code"})
    long = {"interaction": interaction, "code": "rsa", "note": "secret " * 700}
    answer = await alice.ask("POST", "/api/wrap-up", long)
    assert (answer.status, "secret" in str(answer.body)) == (422, False)
    assert house.said(e.WrapUpNoted) == []


async def test_a_body_without_end_is_cut(house: House) -> None:
    answer = await house.person().ask("POST", "/api/session", {"name": "a", "password": "x" * BODY_BYTES})
    assert answer.status == 413


async def test_every_answer_forbids_scripts_of_others_and_frames(house: House) -> None:
    for path in ("/", "/api/me", "/web/absent.js", "/nothing"):
        headers = (await house.person().ask("GET", path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_pages_are_kept_by_browsers_and_asked_about_each_time(house: House) -> None:
    first = await house.person().ask("GET", "/")
    again = await house.person().ask("GET", "/", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status, again.status, first.headers["cache-control"]) == (200, 304, "no-cache")


@pytest.mark.parametrize("path", ["/web/../perform.py", "/web/%2e%2e/perform.py", "/web/..%2fperform.py", "/web/"])
async def test_only_the_pages_own_files_are_served(house: House, path: str) -> None:
    assert (await house.person().ask("GET", path)).status == 404
