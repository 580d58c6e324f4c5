import pytest
from core import events as e
from tests.asterisk.town import Here
from tests.asterisk.manager import Manager
import telephony.perform as P

@pytest.mark.parametrize("n", range(24))
async def test_answers(town: Here, n: int) -> None:
    seen = []
    tell = town.platform.telephony._tell
    def note(m):
        seen.append(dict(m)); tell(m)
    town.platform.telephony._tell = note
    first, second = await town.desk(1), await town.desk(2)
    citizen = await town.exchange.citizen()
    status = 603 if n % 2 else 480
    print("STATUS", status)
    (await first.rings()).reject(status)
    try:
        await citizen.fact(e.OfferDeclined if n % 2 else e.OfferMissed, 2, agent=first.name)
    except AssertionError:
        for m in seen:
            print({k: v for k, v in m.items() if k in ("Event","Channel","Uniqueid","BridgeUniqueid","BridgeTechnology","ChannelStateDesc","Cause","Reason","Response","Exten","CommandId","Result", "AOR", "ContactStatus")})
        raise
    finally:
        town.platform.telephony._tell = tell
        await citizen.call.hang_up()
