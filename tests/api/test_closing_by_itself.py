"""From the letter to the closed case with six commands: an ordinary access case closes by itself (docs/law §3)."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.team import Case, Team
from tests.catalogue import bodies

MOST_COMMANDS = 6


class Handler:
    """Gives commands, and counts them."""

    def __init__(self, team: Team, case: Case) -> None:
        self.team, self.case, self.given = team, case, list[str]()

    def gives(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        self.given.append(name)
        done = self.team.done(self.case, name, body, key=str(uuid4()))
        self.time_passes()
        return done

    def releases(self, dispatch_id: str) -> None:
        self.given.append("release")
        path = f"/dispatches/{dispatch_id}"
        etag = self.team.get(path).headers["ETag"]
        response = self.team.post(f"{path}/release", {}, if_match=etag, key=str(uuid4()))
        assert response.status_code == 200, response.text
        self.time_passes()

    def time_passes(self) -> None:
        """Policies react, and the worker sends what is ready."""
        for _ in range(3):
            self.team.service.policies.run()
            self.team.service.desk.dispatching.drain(self.team.clock.now(), 100)
        self.case.etag = self.team.get(f"/requests/{self.case.id}").headers["ETag"]


@pytest.fixture
def handler(team: Team) -> Handler:
    object.__setattr__(team.service.desk.dispatching, "public_url", "https://privacy.example")  # the policies have it
    team.service.begin_policies()
    return Handler(team, team.mailed())


def test_an_ordinary_access_case_takes_six_commands_from_the_letter_to_its_end(handler: Handler) -> None:
    handler.gives("registration", {"rights": ["access"]})
    handler.gives("items/access/grant", {})
    handler.gives("items/access/data-sets", bodies.records())
    listed = handler.team.get(f"/requests/{handler.case.id}/items/access/search").get_json()["open"]
    reports = [
        {"system": each, "result": "found"}
        if each == "crm"
        else {"system": each, "result": "nothing", "identifiers": "ada@example.org"}
        for each in listed
    ]
    finished = handler.gives("items/access/finish", {"account": "Copied from the CRM.", "reports": reports})
    (letter,) = finished["letters"]
    assert letter["missing"] == []
    handler.releases(letter["dispatch_id"])
    handler.gives(
        "items/access/password", {"channel": "telephone", "account": "She called back; read out at the number on file."}
    )
    shown = handler.team.get(f"/requests/{handler.case.id}").get_json()
    assert (shown["lifecycle"], shown["outcome"]) == ("closed", "fulfilled")
    assert len(handler.given) <= MOST_COMMANDS
