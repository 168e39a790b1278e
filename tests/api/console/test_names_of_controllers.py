"""Pages call a controller by its name, and no page shows its id to a reader."""

import re
from typing import Final

from dsr.domain.roles import Role
from tests.api.colleague import signed_in
from tests.api.team import Team
from tests.api.test_matters import complained

NAMES: Final = {"callcentre-de": "Callcentre Deutschland GmbH", "callcentre-gb": "Callcentre UK Ltd"}


def read(shown: str) -> str:
    """What a reader sees of a page: neither addresses nor values of fields."""
    return " ".join(re.sub(r"<[^>]*>", " ", shown).split())


def test_pages_name_controllers(team: Team) -> None:
    # given: a case of one controller and a matter of another
    case = team.registered("access")
    matter = complained(team).get_json()
    carla = signed_in(team, "carla", Role.HANDLER, Role.APPROVER, Role.DPO)
    places = {
        f"/console/cases/{case.id}": ["callcentre-de"],
        f"/console/matters/{matter['matter_id']}": ["callcentre-gb"],
        "/console/queue": ["callcentre-de"],
        "/console/matters": ["callcentre-gb"],
        "/console/numbers": ["callcentre-de"],
        "/console/letters": [],
        "/console/team": [],
        "/console/me": [],
    }
    for place, controllers in places.items():
        # when
        shown = read(carla.open(place).text)
        # then
        assert [each for each in controllers if NAMES[each] not in shown] == [], place
        assert re.findall(r"callcentre-\w\w", shown) == [], place
