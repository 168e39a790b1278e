"""Whoever answers for a matter is warned of its date by mail (docs/law §13)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.domain.matter import MatterLetterKind
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from tests.catalogue.matters import complained, noticed, written
from tests.desk.office import Office
from tests.desk.test_sign_in_mail import Post

DPO = "dpo@gb.callcentre.example"


@pytest.fixture
def post(office: Office, monkeypatch: pytest.MonkeyPatch) -> Post:
    """A mail server that takes all."""
    post = Post()
    monkeypatch.setattr(office.desk.credential_mail, "_transport", post)
    return post


def reachable(office: Office, name: str, role: Role) -> None:
    office.enrol(name, roles=(role,))
    office.desk.work_addresses.give(name, Call(part("test")), email=f"{name}@staff.example")


def opened(office: Office, **facts: object) -> UUID:
    """A complaint to the British controller, which has to be acknowledged by 30 July."""
    office.clock.time = datetime(2026, 7, 1, 9, tzinfo=UTC)
    return UUID(complained(office, Call(office.ann), controller_id="callcentre-gb", **facts).resource_id)


def rung(office: Office, post: Post, **later: int) -> list[tuple[str, str, str]]:
    """The mails once the time has passed: to whom, their subject and text."""
    office.clock.time += timedelta(**later)
    post.taken.clear()
    office.desk.matter_dates.sweep()
    office.desk.credential_mail.send_due()
    return [(each.recipient, each.subject, each.text) for each in post.taken]


def test_who_is_responsible_and_the_approvers_are_warned_once_before_the_date_and_once_after_it(
    office: Office, post: Post
) -> None:
    # given
    reachable(office, "bea", Role.APPROVER)
    reachable(office, "carl", Role.HANDLER)
    matter_id = opened(office)
    office.desk.matters.assign(matter_id, Call(office.ann), responsible="carl")
    reference = office.desk.matter_letters.write(
        matter_id, office.ann, kind=MatterLetterKind.ACKNOWLEDGEMENT, texts={}
    ).text
    assert rung(office, post, days=20) == []
    # when
    before = rung(office, post, days=6)
    after = rung(office, post, days=10)
    # then
    assert [to for to, *_ in before] == [to for to, *_ in after] == ["bea@staff.example", "carl@staff.example"]
    (_, subject, text), (_, _, missed), *_ = before[0], after[0]
    assert subject.partition(":")[0] in reference, "the mail names the matter by its reference"
    assert "has to be acknowledged by 30 July 2026" in text
    assert "was not acknowledged by 30 July 2026" in missed
    assert "Ada" not in text + missed, "no personal data leaves"
    assert rung(office, post, days=10) == []


def test_the_dpo_is_warned_where_no_member_of_staff_can_be_reached(office: Office, post: Post) -> None:
    opened(office)
    assert [to for to, *_ in rung(office, post, days=26)] == [DPO]


def test_nobody_is_warned_of_what_was_done_before_the_mail_left(office: Office, post: Post) -> None:
    matter_id = opened(office)
    office.clock.time += timedelta(days=26)
    office.desk.matter_dates.sweep()
    office.desk.matters.acknowledge(matter_id, Call(office.ann), channel=Channel.EMAIL)
    assert rung(office, post, hours=1) == []


def test_the_warning_of_an_incident_names_the_hour(office: Office, post: Post) -> None:
    office.clock.time = datetime(2026, 7, 1, 9, tzinfo=UTC)
    noticed(office, Call(office.ann))
    [(_, _, text)] = rung(office, post, hours=50)
    assert "4. Juli 2026, 11:00" in text


def test_the_team_is_warned_of_the_date_that_an_authority_set(office: Office, post: Post) -> None:
    written(office, Call(office.ann))
    assert len(rung(office, post, days=200)) == 1
