"""What an agent carries at once, by channel, and what may interrupt what, as it is written.

capacity:
  units: 4
  channels:
    task: {units: 2, yields_to: [call]}
"""

from __future__ import annotations

import re
from typing import Final, cast, get_args

from core.centre import Capacity, Load
from core.needs import Channel
from runtime.settings.reading import Fields

CHANNELS: Final[tuple[str, ...]] = get_args(Channel)
_FORM: Final = re.compile("|".join(CHANNELS))
# More at once than this nobody has before their eyes.
UNITS_MOST: Final = 20


def read_capacity(root: Fields) -> Capacity:
    """The block `capacity`; without it whatever an agent takes fills them, and tasks yield to calls."""
    fields = root.block("capacity")
    if fields is None:
        return Capacity()
    units = fields.integer("units", 1, 1, UNITS_MOST)
    channels = fields.mapping("channels", _FORM, ", ".join(CHANNELS), required=False)
    loads: dict[Channel, Load] = {}
    for name, (named, node) in channels.items():
        inner = Fields(root.faults, node, named.field)
        weight = inner.integer("units", units, 1, UNITS_MOST)
        if weight > units:
            what = f"{weight} pour {units} en tout (capacity.units) : personne ne pourrait en prendre, baissez"
            root.faults.add(inner.mark_of("units"), inner.at("units"), what)
        yields = inner.names("yields_to", _FORM, ", ".join(CHANNELS), required=False)
        to = tuple(cast("Channel", one.text) for one in yields)
        loads[cast("Channel", name)] = Load(units=weight, yields_to=to)
        inner.close()
    fields.close()
    return Capacity(units=units, channels=loads)
