"""A package goes to another controller over HTTPS, on a call of the team (GDPR Art. 20(2))."""

import io
import json
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from joserfc import jwt

from dsr.exports.signature import read_keys
from dsr.exports.verify import verify_package
from dsr.settings import Settings
from tests.api.team import Team
from tests.receiver import Receiver

PATH = "items/portability/hand-over"
HERE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.fixture
def settings(settings: Settings, receiver: Receiver) -> Settings:
    """Of a service that may hand over to a server on this machine."""
    return replace(
        settings,
        transfer_ca=receiver.authorities,
        transfer_private_networks=HERE,
        public_url="https://privacy.example.org",
    )


def ready(team: Team, target: str = "localhost") -> tuple[Any, str]:
    """A case whose package stands ready, and the id of that."""
    case = team.collected("portability")
    team.done(case, "items/portability/transfer-assessment", {"feasible": True})
    team.done(case, "items/portability/transfer-target", {"target": target, "method": "certificate"})
    team.search(case, "portability")
    package = team.command(case, "items/portability/export", {}, key=f"export-{case.id}").get_json()["export_id"]
    return case, package


def test_the_receiver_checks_the_package_with_the_keys_that_we_publish(team: Team, receiver: Receiver) -> None:
    # given
    case, package = ready(team)
    # when
    team.done(case, PATH, {"export_id": package, "url": receiver.url()}, "system-owner", key="hand-over")
    # then
    [got] = receiver.received
    token = got.headers["dsr-hand-over"]
    place = jwt.decode(token, read_keys(keys_at(team, "callcentre-de")), algorithms=["Ed25519"]).header["jku"]
    assert place.startswith("https://privacy.example.org/")
    keys = team.get(place.removeprefix("https://privacy.example.org"), None).data
    said = jwt.decode(token, read_keys(keys), algorithms=["Ed25519"]).claims
    assert (said["aud"], said["export"]) == ("localhost", package)
    assert verify_package(io.BytesIO(got.body), expected_sha256=said["sha256"], keys=keys) == []
    assert [each["effected"] for each in team.get(f"/requests/{case.id}/items").get_json()["items"]] == [True]
    *_, started, transmitted = team.get(f"/requests/{case.id}/timeline").get_json()["items"]
    assert [started["name"], transmitted["name"]] == ["dsr.request.hand-over-started", "dsr.request.data-transmitted"]
    assert (started["sealed"], transmitted["sealed"]) == (["address"], ["receipt"])
    assert "inbox" not in team.get(f"/requests/{case.id}/timeline").text
    decided = team.get("/decisions?kind=transfer").get_json()["items"]
    assert [row["outcome"] for row in decided] == ["transmitted"]


def keys_at(team: Team, controller_id: str) -> bytes:
    found: bytes = team.get(f"/controllers/{controller_id}/jwks.json", None).data
    return found


def test_a_lost_answer_is_asked_for_again_and_nothing_leaves_twice(team: Team, receiver: Receiver) -> None:
    case, package = ready(team)
    body, seen = {"export_id": package, "url": receiver.url()}, case.etag
    first = team.command(case, PATH, body, key="hand-over")
    case.etag = seen
    again = team.command(case, PATH, body, key="hand-over")
    assert (first.status_code, again.data) == (200, first.data)
    case.etag = seen
    other = body | {"url": receiver.url(path="/other")}
    team.refused(team.command(case, PATH, other, key="hand-over"), 422, "idempotency-key-reused")
    assert len(receiver.received) == 1


def test_what_keeps_a_package_here_has_its_code(team: Team, receiver: Receiver) -> None:
    case, package = ready(team)
    body = {"export_id": package, "url": receiver.url()}
    team.refused(team.command(case, PATH, body), 400, "idempotency-key-required")
    invalid = body | {"url": "http://localhost/"}
    team.refused(team.command(case, PATH, invalid, key="1"), 422, "target-address-invalid")
    elsewhere = body | {"url": "https://other.example/"}
    team.refused(team.command(case, PATH, elsewhere, key="2"), 409, "target-unverified")
    _, other = ready(team)
    team.refused(team.command(case, PATH, body | {"export_id": other}, key="3"), 404, "export-unknown")
    assert receiver.received == []


def test_what_the_receiver_did_has_its_code_and_its_words_stay_there(team: Team, receiver: Receiver) -> None:
    # given
    case, package = ready(team)
    body = {"export_id": package, "url": receiver.url()}
    # when it is refused
    receiver.answering(307, b"Ada Lovelace moved", Location="https://elsewhere.example/")
    problem = team.refused(team.command(case, PATH, body, key="1"), 502, "target-refused")
    assert problem["facts"] == {"target_status": 307}
    assert "Ada" not in json.dumps(problem)
    # when the connection breaks
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]
    receiver.behaviour = lambda handler: handler.take(10)
    team.refused(team.command(case, PATH, body, key="1"), 504, "target-unanswered")
    # then both are on record, and it can be sent again
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]
    receiver.answering(200)
    team.done(case, PATH, body, key="1")
    names = [each["name"] for each in team.get(f"/requests/{case.id}/timeline").get_json()["items"]]
    assert names[-6:] == [
        "dsr.request.hand-over-started",
        "dsr.request.hand-over-failed",
        "dsr.request.hand-over-started",
        "dsr.request.hand-over-failed",
        "dsr.request.hand-over-started",
        "dsr.request.data-transmitted",
    ]


@pytest.mark.parametrize(
    ("setting", "status", "code"),
    [({"transfer_ca": None}, 502, "target-untrusted"), ({"transfer_private_networks": ()}, 409, "target-unsafe")],
)
class TestAsItComes:
    """A service of which nobody said that it may hand over to this machine."""

    @pytest.fixture
    def settings(self, settings: Settings, setting: dict[str, Any]) -> Settings:
        return replace(settings, **setting)

    def test_nothing_goes_inside_or_to_whom_nobody_vouches_for(
        self, team: Team, receiver: Receiver, setting: dict[str, Any], status: int, code: str
    ) -> None:
        case, package = ready(team)
        body = {"export_id": package, "url": receiver.url()}
        team.refused(team.command(case, PATH, body, key="1"), status, code)
        assert receiver.received == []
