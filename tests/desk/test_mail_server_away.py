"""A mail server that is away concerns every mail: a round asks it once, and readiness names it (`dsr.worker`)."""

from dataclasses import dataclass, field

import pytest

from dsr.desk.caller import Call, Caller
from dsr.desk.caller import service as part
from dsr.desk.heartbeats import Part
from dsr.domain.messages import OutgoingMessage, TransportUnavailable
from dsr.domain.roles import Role
from dsr.worker import Worker
from tests.desk.office import Office

OPERATOR = Caller("operator", frozenset({Role.OPERATOR}), None)


@dataclass
class Post:
    """A mail server."""

    name: str = "post"
    is_away: bool = True
    asked: int = 0
    taken: list[OutgoingMessage] = field(default_factory=list)

    def send(self, message: OutgoingMessage) -> None:
        self.asked += 1
        if self.is_away:
            raise TransportUnavailable()
        self.taken.append(message)


@pytest.fixture
def post(office: Office, monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    monkeypatch.setattr(office.desk.sign_in_mail, "_transport", made)
    monkeypatch.setattr(office.desk.credential_mail, "_transport", made)
    monkeypatch.setattr(office.desk.credential_mail, "_public_url", "https://dsr.example")
    return made


def test_invitations_wait_for_a_mail_server_that_is_away_and_the_worker_names_it(office: Office, post: Post) -> None:
    # given
    for name in ("carla", "carlo", "carol"):
        office.enrol(name, "callcentre-de")
        office.desk.work_addresses.give(name, Call(part("test")), email=f"{name}@staff.example")
        office.desk.invitations.invite(name, Call(OPERATOR))
    worker = Worker(office.service)
    # when
    worker.round()
    # then
    assert worker.failures == {Part.CODES: "transport-unavailable"}
    assert post.asked == 1
    # when
    post.is_away = False
    office.clock.advance(minutes=1)
    office.desk.credential_mail.send_due()
    # then
    assert {each.recipient for each in post.taken} >= {f"{name}@staff.example" for name in ("carla", "carlo", "carol")}


def test_codes_wait_for_a_mail_server_that_is_away(office: Office, post: Post) -> None:
    # given
    for _ in range(2):
        reference = office.case(office.arrived()).reference
        office.desk.my.ask_for_code(reference, language="en", network="192.0.2.1")
    # when
    with pytest.raises(TransportUnavailable):
        office.desk.sign_in_mail.send_due()
    # then
    assert post.asked == 1
    # when
    post.is_away = False
    office.clock.advance(minutes=1)
    office.desk.sign_in_mail.send_due()
    # then
    assert len(post.taken) == 2
