"""What the rest of the program asks of a record of processing."""

from dataclasses import fields, replace

import pytest

from dsr.domain.ropa import (
    ActivityUnknown,
    CategoryUnknown,
    Controller,
    ControllerUnknown,
    ProcessingActivity,
    RecipientUnknown,
    Ropa,
    SubjectsUnknown,
    SystemElsewhere,
    SystemUnknown,
)


def test_parties_activities_and_systems_are_found_by_id(ropa: Ropa) -> None:
    assert ropa.controller("callcentre-us").country == "US"
    assert ropa.activity("customer-calls").retention.period == "P30D"
    assert ropa.system("recordings").operator == "telephony"
    assert ropa.recipient("telephony").sub_processors[0].country == "IN"


def test_controllers_with_one_name_between_them_have_none(ropa: Ropa) -> None:
    # given
    first, *others = ropa.controllers
    twin = replace(first, id="callcentre-dk", mailboxes=("a@dk.example",))
    # when
    names = replace(ropa, controllers=(first, *others, twin)).controller_names()
    # then: each of the two is called by its id, which no name hides
    assert names == {each.id: each.name for each in others}
    assert ropa.controller_names() == {each.id: each.name for each in ropa.controllers}


def test_the_age_of_a_child_is_that_of_the_country_and_the_promise_that_of_the_notice(ropa: Ropa) -> None:
    danish = replace(ropa.controllers[0], id="callcentre-dk", country="DK", child_age=15, mailboxes=("a@dk.example",))
    with_danish = replace(ropa, controllers=(*ropa.controllers, danish))

    assert with_danish.controller("callcentre-dk").child_age == 15
    assert with_danish.controller("callcentre-de").child_age == 16
    assert with_danish.children_under == 16


def test_an_id_that_is_not_there_is_refused_by_its_kind(ropa: Ropa) -> None:
    with pytest.raises(ControllerUnknown):
        ropa.controller("callcentre-xx")
    with pytest.raises(ActivityUnknown):
        ropa.activity("spying")
    with pytest.raises(SystemUnknown):
        ropa.system("tapes")
    with pytest.raises(RecipientUnknown):
        ropa.recipient("courier")
    with pytest.raises(ControllerUnknown):
        ropa.activities_of("callcentre-xx")


def test_a_mailbox_leads_to_its_controller_whatever_the_letter_case(ropa: Ropa) -> None:
    found = ropa.controller_of_mailbox("Privacy@DE.callcentre.example")

    assert found is not None
    assert found.id == "callcentre-de"
    assert ropa.controller_of_mailbox("sales@callcentre.example") is None


def test_activities_are_those_of_the_controller_and_the_category_of_data_subjects(
    ropa: Ropa, calls: ProcessingActivity
) -> None:
    payroll = replace(calls, id="payroll", controllers=("callcentre-de",), subjects=("employees",))
    both = replace(ropa, activities=(calls, payroll))

    assert both.activities_of("callcentre-de") == (calls, payroll)
    assert both.activities_of("callcentre-de", "employees") == (payroll,)
    assert both.activities_of("callcentre-us") == (calls,)
    assert both.activities_of("callcentre-us", "employees") == ()


def test_systems_and_categories_belong_to_the_controllers_whose_data_they_hold(
    ropa: Ropa, calls: ProcessingActivity
) -> None:
    wages = replace(calls.data[0], id="wages")
    payroll = replace(calls, id="payroll", controllers=("callcentre-de",), data=(wages,), systems=("hr",))
    hr = replace(ropa.systems[0], id="hr")
    both = replace(ropa, activities=(calls, payroll), systems=(*ropa.systems, hr))

    both.require_systems("callcentre-de", ("recordings", "hr"))
    both.require_categories("callcentre-de", ("recording", "wages"))
    with pytest.raises(SystemElsewhere):
        both.require_systems("callcentre-us", ("recordings", "hr"))
    with pytest.raises(SystemUnknown):
        both.require_systems("callcentre-de", ("tapes",))
    with pytest.raises(CategoryUnknown):
        both.require_categories("callcentre-us", ("wages",))
    with pytest.raises(ControllerUnknown):
        both.require_systems("callcentre-xx", ())


def test_categories_of_people_are_those_that_some_activity_names(ropa: Ropa) -> None:
    assert ropa.require_subjects(["customers"]) == {"customers"}
    with pytest.raises(SubjectsUnknown):
        ropa.require_subjects(["customers", "martians"])


def test_a_member_outside_the_union_has_the_calendar_of_the_controller_of_the_mailbox(ropa: Ropa) -> None:
    assert ropa.calendar_place("callcentre-us") == ("DE", "Europe/Berlin")
    assert ropa.calendar_places() == (("DE", "Europe/Berlin"),)


def test_a_member_inside_the_union_keeps_its_own_calendar_whoever_receives_for_it(
    ropa: Ropa, german: Controller
) -> None:
    belgian = replace(
        german,
        id="callcentre-be",
        country="BE",
        zone="Europe/Brussels",
        mailboxes=(),
        mailbox_of="callcentre-de",
    )
    with_belgian = replace(ropa, controllers=(*ropa.controllers, belgian))

    assert with_belgian.calendar_place("callcentre-be") == ("BE", "Europe/Brussels")


def test_the_united_kingdom_is_inside_its_own_regime_only(german: Controller) -> None:
    assert replace(german, country="GB", regime="uk-gdpr").is_inside_its_regime
    assert not replace(german, country="GB", regime="eu-gdpr").is_inside_its_regime
    assert not replace(german, country="DE", regime="uk-gdpr").is_inside_its_regime


def test_a_controller_has_no_field_for_a_person() -> None:
    assert {field.name for field in fields(Controller)} == {
        "id", "name", "country", "zone", "regime", "authority", "address", "languages",
        "child_age", "mailboxes", "mailbox_of", "dpo_mailbox", "calendar",
        "acknowledge_complaints_within_days", "retention",
    }  # fmt: skip
