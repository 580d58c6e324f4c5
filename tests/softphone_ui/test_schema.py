"""Schemathesis over the API's own description, against the real server: whatever is sent, it never falls, and answers
only what it says that it answers."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from softphone_ui.ways import described
from tests.softphone_ui.house import House, Person

CHECKS: Final = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
OPERATIONS: Final = [
    ("POST", "/api/session"),
    ("DELETE", "/api/session"),
    ("GET", "/api/me"),
    ("POST", "/api/state"),
    ("POST", "/api/shown"),
    ("POST", "/api/wrap-up"),
    ("POST", "/api/heard"),
    ("POST", "/api/task"),
    ("POST", "/api/callback"),
    ("POST", "/api/work"),
    ("POST", "/api/draft"),
    ("GET", "/api/task/{task}/message"),
    ("POST", "/api/dial"),
    ("POST", "/api/search"),
    ("POST", "/api/open"),
    ("POST", "/api/name"),
    ("GET", "/api/directory"),
    ("POST", "/api/transfer"),
    ("POST", "/api/consult"),
    ("POST", "/api/help"),
    ("POST", "/api/service"),
    ("POST", "/api/instruction"),
    ("GET", "/api/contact/{interaction}/why"),
    ("GET", "/api/audit"),
    ("GET", "/api/audit.csv"),
    ("POST", "/api/messages"),
    ("GET", "/api/messages/{interaction}"),
    ("POST", "/api/written"),
]

FOR_SUPERVISORS: Final = (
    "/api/service",
    "/api/instruction",
    "/api/contact/{interaction}/why",
    "/api/audit",
    "/api/audit.csv",
)


async def test_every_way_but_the_pages_themselves_is_described(house: House) -> None:
    assert house.pages.hall is not None
    paths = described(house.pages.hall)["paths"]
    assert {(method.upper(), path) for path, ways in paths.items() for method in ways} == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_whatever_is_sent_has_a_defined_answer(house: House, method: str, path: str) -> None:
    alice = await house.logged_in("alice")
    house.available("alice")
    house.answers(house.arrives())
    assert house.pages.hall is not None
    asking = await house.logged_in("paule") if path in FOR_SUPERVISORS else alice
    schema = schemathesis.openapi.from_dict(described(house.pages.hall))
    token = house.door.tokens.add("site", tenant="nord", scopes=("messages",), made_on="2026-11-23")
    asking.headers["Authorization"] = f"Bearer {token}"
    # In a thread: the server answers in this one.
    await asyncio.to_thread(_try, schema[path][method], house.origin, _of(asking))
    assert (await house.person().ask("GET", "/")).status == 200


def _of(person: Person) -> dict[str, str]:
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in person.client.cookie_jar)
    return {**person.headers, "Cookie": cookies}


def _try(operation: Any, origin: str, headers: dict[str, str]) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attempt(case: Any) -> None:
        case.call_and_validate(base_url=origin, headers=headers, checks=CHECKS)

    from hypothesis import given

    given(case=operation.as_strategy())(attempt)()
