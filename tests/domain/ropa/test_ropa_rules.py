"""Each rule on the meaning of a record of processing, by its name."""

from dataclasses import replace
from typing import Any

import pytest

from dsr.domain.ropa import (
    Controller,
    LegalBasis,
    Notice,
    ProcessingActivity,
    Retention,
    Ropa,
    Safeguard,
    Transfer,
    problems_of,
)

AUTHORITIES = frozenset({"de-berlin", "fr-cnil"})


def found(ropa: Ropa) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in problems_of(ropa, AUTHORITIES)]


def with_german(ropa: Ropa, **changes: Any) -> Ropa:
    return replace(ropa, controllers=(replace(ropa.controllers[0], **changes), *ropa.controllers[1:]))


def with_american(ropa: Ropa, **changes: Any) -> Ropa:
    return replace(ropa, controllers=(ropa.controllers[0], replace(ropa.controllers[1], **changes)))


def with_calls(ropa: Ropa, **changes: Any) -> Ropa:
    return replace(ropa, activities=(replace(ropa.activities[0], **changes),))


def test_a_record_that_satisfies_every_rule_has_no_problem(ropa: Ropa) -> None:
    assert found(ropa) == []


def test_every_problem_is_reported_at_once_in_words(ropa: Ropa) -> None:
    broken = with_calls(with_german(ropa, zone="Europe/Bonn", regime="gdpr"), systems=("tapes",))

    problems = problems_of(broken, AUTHORITIES)

    assert {problem.code for problem in problems} == {"zone-unknown", "regime-unknown", "system-unknown"}
    assert all(problem.detail.endswith(".") and len(problem.detail) > 20 for problem in problems)


def test_an_unknown_regime_is_an_error_and_never_a_silent_default(ropa: Ropa) -> None:
    assert ("regime-unknown", "/controllers/0/regime") in found(with_german(ropa, regime="ccpa"))


@pytest.mark.parametrize("zone", ["Europe/Bonn", "Berlin", "../etc/passwd", "Europe", "/usr/share/zoneinfo/UTC"])
def test_a_zone_is_an_iana_time_zone(ropa: Ropa, zone: str) -> None:
    assert found(with_german(ropa, zone=zone)) == [("zone-unknown", "/controllers/0/zone")]


def test_the_supervisory_authority_is_one_that_letters_can_name(ropa: Ropa) -> None:
    assert found(with_german(ropa, authority="de-bonn")) == [("authority-unknown", "/controllers/0/authority")]


@pytest.mark.parametrize("age", [13, 14, 15, 16])
def test_a_country_may_lower_the_age_of_consent_of_a_child_to_thirteen(ropa: Ropa, age: int) -> None:
    assert found(with_german(ropa, child_age=age)) == []


@pytest.mark.parametrize("age", [-16, 0, 12, 17, 18])
def test_an_age_that_the_law_does_not_allow_is_refused(ropa: Ropa, age: int) -> None:
    assert found(with_german(ropa, child_age=age)) == [("child-age-unlawful", "/controllers/0/child_age")]


@pytest.mark.parametrize(("under", "fits"), [(13, False), (14, False), (15, True), (16, True), (18, True), (19, False)])
def test_the_notice_promises_no_less_than_the_law_and_speaks_of_children(ropa: Ropa, under: int, fits: bool) -> None:
    ages = replace(
        ropa,
        controllers=tuple(replace(each, child_age=age) for each, age in zip(ropa.controllers, (13, 15), strict=True)),
        notice=Notice(children_under=under),
    )

    assert found(ages) == ([] if fits else [("children-under-unfit", "/notice/children_under")])


@pytest.mark.parametrize("mailbox", ["privacy@b\u00fccher.example", "privacy@-callcentre.example"])
def test_a_mailbox_is_written_as_mail_names_it(ropa: Ropa, mailbox: str) -> None:
    places = replace(
        with_german(ropa, mailboxes=("privacy@callcentre.example", mailbox), dpo_mailbox=mailbox),
        recipients=(replace(ropa.recipients[0], mailbox=mailbox), *ropa.recipients[1:]),
    )

    assert found(places) == [
        ("mailbox-invalid", "/controllers/0/mailboxes/1"),
        ("mailbox-invalid", "/controllers/0/dpo_mailbox"),
        ("mailbox-invalid", "/recipients/0/mailbox"),
    ]


def test_a_mailbox_belongs_to_one_controller_whatever_its_letter_case(ropa: Ropa, german: Controller) -> None:
    french = replace(
        german, id="callcentre-fr", country="FR", zone="Europe/Paris", mailboxes=("Privacy@CallCentre.example",)
    )

    assert found(replace(ropa, controllers=(*ropa.controllers, french))) == [
        ("mailbox-repeated", "/controllers/2/mailboxes/0")
    ]


def test_controllers_and_recipients_share_their_ids(ropa: Ropa) -> None:
    recipient = replace(ropa.recipients[0], id="callcentre-de", country="DE", sub_processors=())

    assert ("id-repeated", "/recipients/1/id") in found(replace(ropa, recipients=(*ropa.recipients, recipient)))


def test_ids_of_systems_activities_and_data_are_unique(ropa: Ropa, calls: ProcessingActivity) -> None:
    activities = (replace(calls, data=calls.data * 2), calls)
    twice = replace(ropa, systems=ropa.systems * 2, activities=activities)

    assert [place for place in found(twice) if place[0] == "id-repeated"] == [
        ("id-repeated", "/systems/1/id"),
        ("id-repeated", "/activities/1/id"),
        ("id-repeated", "/activities/0/data/1/id"),
    ]


def test_a_controller_without_a_mailbox_names_who_receives_for_it(ropa: Ropa) -> None:
    without = with_german(ropa, mailboxes=())

    # the American member has nobody who receives for it any more, either
    assert found(without) == [("mailbox-missing", "/controllers/0"), ("mailbox-missing", "/controllers/1/mailbox_of")]


def test_a_controller_has_a_mailbox_or_names_who_receives_but_not_both(ropa: Ropa) -> None:
    both = with_american(ropa, mailboxes=("privacy@us.callcentre.example",))

    assert found(both) == [("mailbox-ambiguous", "/controllers/1/mailbox_of")]


@pytest.mark.parametrize("mailboxes", [(), ("privacy@us.callcentre.example",)])
def test_a_member_outside_the_territory_names_the_controller_whose_calendar_counts(
    ropa: Ropa, mailboxes: tuple[str, ...]
) -> None:
    alone = with_american(ropa, mailbox_of=None, mailboxes=mailboxes)

    assert found(alone) == [("receiver-missing", "/controllers/1")]


def test_every_id_that_is_named_exists(ropa: Ropa) -> None:
    assert ropa.joint_arrangement is not None
    broken = with_calls(
        with_american(
            replace(
                ropa,
                joint_arrangement=replace(ropa.joint_arrangement, contact="callcentre-xx"),
                systems=(replace(ropa.systems[0], operator="nobody"),),
            ),
            mailbox_of="callcentre-yy",
        ),
        controllers=("callcentre-de", "callcentre-zz"),
        systems=("tapes",),
        recipients=("telephony", "courier"),
        transfers=(
            Transfer(to="telephony", country="IN", safeguard=Safeguard.BINDING_CORPORATE_RULES),
            Transfer(to="stranger", country="FR"),
        ),
    )

    assert found(broken) == [
        ("controller-unknown", "/controllers/1/mailbox_of"),
        ("controller-unknown", "/joint_arrangement/contact"),
        ("operator-unknown", "/systems/0/operator"),
        ("controller-unknown", "/activities/0/controllers/1"),
        ("system-unknown", "/activities/0/systems/0"),
        ("recipient-unknown", "/activities/0/recipients/1"),
        ("transfer-target-unknown", "/activities/0/transfers/1/to"),
    ]


def test_joint_controllers_describe_their_arrangement(ropa: Ropa) -> None:
    assert found(replace(ropa, joint_arrangement=None)) == [("joint-arrangement-missing", "/activities/0/controllers")]


def test_legitimate_interests_are_stated(ropa: Ropa) -> None:
    silent = with_calls(ropa, legal_basis=LegalBasis.LEGITIMATE_INTERESTS)

    assert found(silent) == [("interests-missing", "/activities/0")]
    assert found(with_calls(silent, interests="Fair assessment.")) == []


@pytest.mark.parametrize("basis", [LegalBasis.LEGAL_DUTY, LegalBasis.PUBLIC_TASK])
def test_a_duty_or_task_cites_the_law_that_lays_it_down(ropa: Ropa, basis: LegalBasis) -> None:
    silent = with_calls(ropa, legal_basis=basis)

    assert found(silent) == [("provision-missing", "/activities/0")]
    assert found(with_calls(silent, provision="Section 41 EStG")) == []


@pytest.mark.parametrize("period", ["P30D", "P1M", "P3Y", "P2W", "P1Y6M", "P1Y2M3W4D"])
def test_retention_is_a_period_in_calendar_units(ropa: Ropa, period: str) -> None:
    assert found(with_calls(ropa, retention=Retention(period=period, words="From the call."))) == []


@pytest.mark.parametrize("period", ["P", "30D", "P30", "PT30M", "P1D1Y", "30 days", "P-1D", "P1.5Y", "P30D\n"])
def test_retention_that_does_not_parse_is_refused(ropa: Ropa, period: str) -> None:
    assert found(with_calls(ropa, retention=Retention(period=period, words="From the call."))) == [
        ("retention-unreadable", "/activities/0/retention/period")
    ]


def test_whoever_receives_data_outside_the_eea_is_declared_sub_processors_too(ropa: Ropa) -> None:
    assert found(with_calls(ropa, transfers=())) == [("transfer-missing", "/activities/0")] * 2


def test_data_that_stays_in_the_country_of_its_only_controller_is_no_transfer(ropa: Ropa) -> None:
    home = with_calls(ropa, controllers=("callcentre-us",), recipients=(), transfers=())

    assert found(home) == []


@pytest.mark.parametrize("country", ["US", "CA", "IN"])
def test_a_transfer_to_a_country_that_is_not_adequate_names_its_safeguard(ropa: Ropa, country: str) -> None:
    bare = (*ropa.activities[0].transfers, Transfer(to="telephony", country=country))

    assert found(with_calls(ropa, transfers=bare)) == [("safeguard-missing", "/activities/0/transfers/2")]


@pytest.mark.parametrize("country", ["CH", "JP", "GB", "NO"])
def test_a_transfer_to_an_adequate_country_needs_no_further_safeguard(ropa: Ropa, country: str) -> None:
    bare = (*ropa.activities[0].transfers, Transfer(to="telephony", country=country))

    assert found(with_calls(ropa, transfers=bare)) == []


def test_adequacy_is_claimed_only_where_it_was_found(ropa: Ropa) -> None:
    def claimed(country: str) -> Ropa:
        claim = Transfer(to="telephony", country=country, safeguard=Safeguard.ADEQUACY)
        return with_calls(ropa, transfers=(*ropa.activities[0].transfers, claim))

    assert found(claimed("US")) == []  # for some recipients
    assert found(claimed("IN")) == [("safeguard-unfit", "/activities/0/transfers/2/safeguard")]
