"""Who is told of the bench's calls by webhook: takes everything and looks at nothing.  `python voice_receiver.py PORT`

It runs beside Allo, in a process of its own: what it costs is not Allo's.
"""

from __future__ import annotations

import sys

from aiohttp import web


async def _take(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(status=204)


if __name__ == "__main__":
    application = web.Application()
    application.router.add_post("/allo", _take)
    web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
