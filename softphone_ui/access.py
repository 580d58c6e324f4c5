"""Who may ask for what: one table of every way in.  What is not in it does not exist; a test walks it whole.

`roles` empty: anybody, logged in or not; with a `scope`: other systems, by a token that has it (tokens.py).
`changes`: the request must carry the session's token and come from our own page.  `wall` says what keeps tenants apart
there, in words that the test and docs/pages.md repeat.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from core.centre import Role

Wall = Literal["none", "own", "tenants"]
"""none: nothing of a tenant's is there; own: the person's own state and interaction; tenants: rows of their tenants."""

EVERYBODY: Final[frozenset[Role]] = frozenset(("agent", "supervisor", "administrator"))
DESKS: Final[frozenset[Role]] = frozenset(("agent", "supervisor"))
WATCH: Final[frozenset[Role]] = frozenset(("supervisor", "administrator"))
PUBLIC: Final[frozenset[Role]] = frozenset()


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way in; `method` is WS for a websocket."""

    method: str
    path: str
    roles: frozenset[Role]
    changes: bool
    wall: Wall
    scope: str = ""


WAYS: Final[tuple[Way, ...]] = (
    Way(method="GET", path="/", roles=PUBLIC, changes=False, wall="none"),
    Way(method="GET", path="/web/{file}", roles=PUBLIC, changes=False, wall="none"),
    Way(method="POST", path="/api/session", roles=PUBLIC, changes=False, wall="none"),
    Way(method="DELETE", path="/api/session", roles=EVERYBODY, changes=True, wall="own"),
    Way(method="GET", path="/api/me", roles=EVERYBODY, changes=False, wall="own"),
    Way(method="POST", path="/api/state", roles=DESKS, changes=True, wall="own"),
    Way(method="POST", path="/api/shown", roles=DESKS, changes=True, wall="own"),
    Way(method="POST", path="/api/wrap-up", roles=DESKS, changes=True, wall="own"),
    Way(method="POST", path="/api/heard", roles=DESKS, changes=True, wall="own"),
    Way(method="POST", path="/api/task", roles=DESKS, changes=True, wall="tenants"),
    Way(method="POST", path="/api/callback", roles=DESKS, changes=True, wall="tenants"),
    Way(method="POST", path="/api/work", roles=DESKS, changes=True, wall="own"),
    Way(method="POST", path="/api/draft", roles=DESKS, changes=True, wall="tenants"),
    Way(method="GET", path="/api/task/{task}/message", roles=DESKS, changes=False, wall="tenants"),
    Way(method="POST", path="/api/search", roles=DESKS, changes=True, wall="tenants"),
    Way(method="POST", path="/api/open", roles=DESKS, changes=True, wall="tenants"),
    Way(method="POST", path="/api/name", roles=DESKS, changes=True, wall="tenants"),
    Way(method="GET", path="/api/directory", roles=DESKS, changes=False, wall="tenants"),
    Way(method="POST", path="/api/transfer", roles=DESKS, changes=True, wall="own"),
    Way(method="POST", path="/api/consult", roles=DESKS, changes=True, wall="own"),
    Way(method="POST", path="/api/help", roles=DESKS, changes=True, wall="own"),
    Way(method="POST", path="/api/dial", roles=DESKS, changes=True, wall="tenants"),
    Way(method="POST", path="/api/service", roles=WATCH, changes=True, wall="tenants"),
    Way(method="POST", path="/api/instruction", roles=WATCH, changes=True, wall="tenants"),
    Way(method="GET", path="/api/contact/{interaction}/why", roles=WATCH, changes=False, wall="tenants"),
    Way(method="GET", path="/api/audit", roles=WATCH, changes=False, wall="tenants"),
    Way(method="GET", path="/api/audit.csv", roles=WATCH, changes=False, wall="tenants"),
    Way(method="POST", path="/api/messages", roles=PUBLIC, changes=False, wall="tenants", scope="messages"),
    Way(
        method="GET", path="/api/messages/{interaction}", roles=PUBLIC, changes=False, wall="tenants", scope="messages"
    ),
    Way(method="POST", path="/api/written", roles=DESKS, changes=True, wall="own"),
    Way(method="WS", path="/api/desk", roles=DESKS, changes=False, wall="own"),
    Way(method="WS", path="/api/table", roles=WATCH, changes=False, wall="tenants"),
)

BY_PLACE: Final = {(way.method, way.path): way for way in WAYS}
