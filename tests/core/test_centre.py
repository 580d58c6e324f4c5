"""A centre's configuration: what is asked of it."""

from __future__ import annotations

import msgspec
import pytest

from core.centre import Service
from tests import centres

CENTRE = centres.small()


def test_a_number_leads_to_its_service() -> None:
    assert CENTRE.service_of(centres.NUMBER).name == "solidarites"


def test_a_number_that_nobody_knows_is_answered_by_the_first_service() -> None:
    other = Service(name="pmi", title="PMI", numbers=("+33199001002",), script="accueil", safe_queue="generaliste")
    centre = msgspec.structs.replace(CENTRE, services={**CENTRE.services, "pmi": other})
    assert centre.service_of("+33199001002").name == "pmi"
    assert centre.service_of("anonymous").name == "solidarites"


def test_a_telephone_leads_to_its_agent() -> None:
    agent = CENTRE.agent_at("1002")
    assert agent is not None
    assert agent.name == "bruno"
    assert CENTRE.agent_at("9999") is None


def test_a_configuration_is_frozen_all_the_way_down() -> None:
    parts = [
        CENTRE,
        *CENTRE.services.values(),
        *CENTRE.scripts.values(),
        *CENTRE.scripts["accueil"].steps.values(),
        *CENTRE.queues.values(),
        *CENTRE.agents.values(),
        *CENTRE.codes.values(),
    ]
    for part in parts:
        with pytest.raises(AttributeError):
            setattr(part, part.__struct_fields__[0], "other")


@pytest.mark.parametrize("name", centres.CENTRES)
def test_the_small_centres_of_the_tests_hold_together(name: str) -> None:
    """Every name leads somewhere: what runtime/settings checks for real ones."""
    centre = centres.CENTRES[name]()
    assert centre.digest == name
    for service in centre.services.values():
        assert service.safe_queue in centre.queues
        assert centre.scripts[service.script].start in centre.scripts[service.script].steps
    for queue in centre.queues.values():
        assert queue.beyond is None or queue.beyond in centre.queues
    for agent in centre.agents.values():
        assert set(agent.queues) <= set(centre.queues)
