"""A token is named, gives less than its holder has where it says so, and never more (GDPR Art. 32(1)(b))."""

from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call, Caller, service
from dsr.desk.errors import TokenLimited
from dsr.domain.request.errors import FourEyes
from dsr.domain.roles import Role
from dsr.domain.staff import TokenLimits, TokenTooWide
from tests.desk.office import Office
from tests.desk.test_sign_in_mail import Post

MACHINE = Call(service("cli"))


def holder(office: Office, **limits: Any) -> Caller:
    """Whoever uses a token of Carla's with these limits."""
    given = office.desk.staff.issue_token("carla", MACHINE, name="report", limits=TokenLimits(**limits))
    return use(office, office.desk.staff.secret(given))


def use(office: Office, secret: str) -> Caller:
    return office.desk.staff.authenticate(secret)


def told(post: Post) -> list[str]:
    """What was written to Carla."""
    return [mail.text for mail in post.taken if mail.recipient == "carla@staff.example"]


@pytest.fixture
def carla(office: Office) -> Office:
    """A handler and approver of two controllers, who can be written to."""
    office.enrol("carla", "callcentre-de", "callcentre-fr", roles=(Role.HANDLER, Role.APPROVER))
    office.desk.work_addresses.give("carla", MACHINE, email="carla@staff.example")
    return office


def test_a_token_gives_the_named_roles_and_controllers_alone(carla: Office) -> None:
    caller = holder(carla, roles=(Role.HANDLER,), controllers=("callcentre-fr",))
    assert (caller.roles, caller.scope) == (frozenset({Role.HANDLER}), frozenset({"callcentre-fr"}))


def test_a_token_without_limits_gives_what_its_holder_has(carla: Office) -> None:
    caller = holder(carla)
    assert (caller.roles, caller.scope) == (
        frozenset({Role.HANDLER, Role.APPROVER}),
        frozenset({"callcentre-de", "callcentre-fr"}),
    )


@pytest.mark.parametrize(
    "limits", [{"roles": (Role.OPERATOR,)}, {"controllers": ("callcentre-at",)}, {"controllers": ("*",)}]
)
def test_nobody_makes_a_token_that_gives_more_than_they_have(carla: Office, limits: dict[str, Any]) -> None:
    with pytest.raises(TokenTooWide):
        holder(carla, **limits)


def test_whoever_loses_a_role_or_a_controller_loses_it_in_their_tokens_at_once(carla: Office) -> None:
    # given
    given = carla.desk.staff.issue_token(
        "carla", MACHINE, limits=TokenLimits(roles=(Role.APPROVER,), controllers=("callcentre-fr",))
    )
    secret = carla.desk.staff.secret(given)
    assert use(carla, secret).roles == {Role.APPROVER}
    # when
    carla.desk.staff.change_roles(
        "carla",
        MACHINE,
        roles=(Role.HANDLER,),
        controllers=("callcentre-de",),
    )
    # then: and what they gain elsewhere is not in it
    assert (use(carla, secret).roles, use(carla, secret).scope) == (frozenset(), frozenset())


def test_a_limited_token_makes_no_other(carla: Office) -> None:
    for limits in ({"roles": (Role.HANDLER,)}, {"controllers": ("callcentre-fr",)}, {"reads_only": True}):
        caller = holder(carla, **limits)
        with pytest.raises(TokenLimited):
            carla.desk.staff.issue_token("carla", Call(caller), name="another")


def test_a_data_protection_officer_decides_nothing_with_a_token_without_that_role(carla: Office) -> None:
    # given
    carla.enrol("dora", roles=(Role.DPO, Role.APPROVER))
    given = carla.desk.staff.issue_token("dora", MACHINE, limits=TokenLimits(roles=(Role.APPROVER,)))
    caller = use(carla, carla.desk.staff.secret(given))
    # then
    assert caller.roles == {Role.APPROVER}
    with pytest.raises(FourEyes):
        caller.require_decision_maker()


def test_the_list_says_what_each_token_is_for_and_gives(carla: Office) -> None:
    caller = holder(carla, roles=(Role.HANDLER,), reads_only=True)
    (line,) = (each for each in carla.desk.staff.tokens_of("carla", MACHINE.caller) if each.name == "report")
    assert line.limits == caller.limits == TokenLimits(roles=(Role.HANDLER,), reads_only=True)


def test_the_holder_is_told_a_week_before_a_token_ends(carla: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    post, sender = Post(), carla.desk.credential_mail
    monkeypatch.setattr(sender, "_transport", post)
    carla.desk.staff.issue_token("carla", MACHINE, name="nightly-report", days=30)
    # when
    carla.clock.advance(days=22)
    sender.send_due()
    before = told(post)
    carla.clock.advance(days=1)
    sender.send_due()
    # then
    (text,) = told(post)
    assert (before, "nightly-report" in text) == ([], True)


def test_nobody_is_told_of_a_token_that_was_revoked_or_made_for_a_week(
    carla: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    post, sender = Post(), carla.desk.credential_mail
    monkeypatch.setattr(sender, "_transport", post)
    issued = carla.desk.staff.issue_token("carla", MACHINE, name="revoked", days=30)
    carla.desk.staff.issue_token("carla", MACHINE, name="short", days=7)
    carla.desk.staff.revoke_token("carla", UUID(issued.resource_id), MACHINE)
    # when
    carla.clock.advance(days=25)
    sender.send_due()
    # then
    assert told(post) == []
