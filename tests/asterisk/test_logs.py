"""What a centre writes to its logs while people call: nobody's number, nobody's name, no word, no key."""

from __future__ import annotations

import json
import re

from core import events as e
from tests.asterisk.small_centre import WELCOME
from tests.asterisk.town import Elsewhere

NUMBER = re.compile(r"(?:\+33|0033|0)[1-9](?:[ .]?\d{2}){4}")


async def test_calls_that_go_well_and_calls_that_fail_leave_no_number_and_no_name(elsewhere: Elsewhere) -> None:
    file = elsewhere.site.config / "centre.yaml"
    logs = {"operating": {"logs": {"format": "json", "level": "debug"}}}
    file.write_text(json.dumps(json.loads(file.read_text()) | logs))
    process = await elsewhere.up()
    desk = await elsewhere.desk()
    served = await elsewhere.exchange.citizen()
    await elsewhere.talking(served, desk)
    left = await elsewhere.exchange.citizen(WELCOME)
    await left.call.answered(10)
    await left.call.press("5")
    await left.call.hang_up()
    await desk.hang_up()
    await elsewhere.outcome(served, "answered")
    await process.kill()  # and what is said when a call is found again after a crash
    late = await elsewhere.exchange.citizen()
    again = await elsewhere.up()
    await late.fact(e.InteractionQueued)
    await late.call.hang_up()
    await elsewhere.outcome(late, "abandoned")

    asterisk = elsewhere.site.run / "asterisk" / "log"
    written = "\n".join([process.said, again.said, *(path.read_text(errors="replace") for path in asterisk.iterdir())])
    assert "est ouvert" in written
    assert NUMBER.findall(written) == []
    for citizen in (served, left, late):
        assert citizen.number[1:] not in written
    for secret in json.loads((elsewhere.site.run / "secrets.json").read_text()).values():
        assert secret not in written
