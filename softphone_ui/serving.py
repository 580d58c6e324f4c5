"""The server of the pages: uvicorn with FastAPI's application, told what it may take on.

By itself, for it is a fifth of what a centre loads, and a part without pages loads none of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

import uvicorn

from softphone_ui.hall import Hall
from softphone_ui.perform import STOP_S
from softphone_ui.ways import application

# Connections at once: ten thousand agents need one each; more is a flood.
CONNECTIONS: Final = 12_000
MESSAGE_BYTES: Final = 1_024  # pages have nothing to say on a socket


class Server(uvicorn.Server):
    """Signals belong to the process that we are a part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(hall: Hall) -> Server:
    """Serves the hall once it is given a socket that listens."""
    config = uvicorn.Config(
        application(hall),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=MESSAGE_BYTES,
        limit_concurrency=CONNECTIONS,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        proxy_headers=False,
        timeout_graceful_shutdown=int(STOP_S),
        ssl_certfile=hall.where.certificate,
        ssl_keyfile=hall.where.key,
    )
    return Server(config)
