"""transfer directly to another controller (GDPR Art. 20(2))."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.domain.export import ExportEmpty
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    IdentityUnresolved,
    ItemNotGranted,
    ItemOfOtherRight,
    ItemUnknown,
    NotRegistered,
    ReasonRequired,
    RedactionPending,
)
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.transfer import FeasibilityUnassessed, TargetUnverified
from dsr.domain.request.values import ItemStatus, Provenance
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase

COMMANDS = ["assess_feasibility", "verify_target", "transmit"]


@pytest.fixture
def granted(a_case: OpenCase) -> ACase:
    case = a_case(Right.PORTABILITY)
    case.grant("portability")
    return case


@pytest.fixture
def verified(granted: ACase) -> ACase:
    granted.collect_data("portability")
    granted.assess_feasibility()
    granted.verify_target()
    return granted


def test_what_was_collected_goes_to_the_target_that_was_verified(verified: ACase) -> None:
    verified.transmit(at="2026-03-04")
    event = verified.events[-1]
    assert verified.happened() == ["data-transmitted"]
    assert (event.target, event.data_sets) == ("api.other.example", tuple(verified.request.copies.data_sets))
    assert verified.request.items["portability"].effected
    verified.record_done("portability")
    assert verified.request.items["portability"].status is ItemStatus.DONE


def test_the_answer_after_a_transfer_describes_no_package_that_nobody_gets(verified: ACase) -> None:
    verified.transmit(at="2026-03-04")
    verified.record_done("portability")
    assert verified.request.items["portability"].was_transmitted
    letter = verified.letter(LetterKind.PORTABILITY)
    said = tuple(code for code in letter.statements if code not in ("export", "schema"))
    verified.record_answer("portability", letter=replace(letter, statements=said))


# feasibility


def test_that_a_transfer_is_not_feasible_has_reasons(granted: ACase, made: Made) -> None:
    with granted.refuses(ReasonRequired):
        granted.assess_feasibility(feasible=False, reasons=None)
    granted.assess_feasibility(feasible=False, reasons=made.sealed())
    assert granted.happened() == ["transfer-assessed"]


@pytest.mark.parametrize("command", ["verify_target", "transmit"])
def test_nothing_goes_anywhere_before_it_was_assessed_whether_that_is_feasible(granted: ACase, command: str) -> None:
    granted.collect_data("portability")
    with granted.refuses(FeasibilityUnassessed) as told:
        getattr(granted, command)()
    assert told.code == "feasibility-unassessed"


def test_what_turned_out_not_to_be_feasible_is_not_sent_and_the_person_still_gets_the_export(
    verified: ACase, made: Made
) -> None:
    verified.assess_feasibility(feasible=False, reasons=made.sealed())
    for command in ("verify_target", "transmit"):
        with verified.refuses(FeasibilityUnassessed):
            getattr(verified, command)()
    verified.record_done("portability")
    verified.record_answer("portability")
    verified.close()


def test_a_transfer_that_became_feasible_is_assessed_anew(granted: ACase, made: Made) -> None:
    granted.collect_data("portability")
    granted.assess_feasibility(feasible=False, reasons=made.sealed())
    granted.assess_feasibility()
    granted.verify_target()
    granted.transmit()


# target


def test_nothing_is_sent_to_a_target_that_nobody_verified(granted: ACase) -> None:
    granted.collect_data("portability")
    granted.assess_feasibility()
    with granted.refuses(TargetUnverified) as told:
        granted.transmit()
    assert told.code == "target-unverified"


def test_nothing_is_sent_to_another_target_than_the_one_verified(verified: ACase) -> None:
    with verified.refuses(TargetUnverified):
        verified.transmit(target="api.0ther.example")


def test_the_target_verified_last_holds(verified: ACase) -> None:
    verified.verify_target(target="new.other.example")
    with verified.refuses(TargetUnverified):
        verified.transmit(target="api.other.example")
    verified.transmit(target="new.other.example")


@pytest.mark.parametrize("moment", ["2026-03-02T09:59", "2026-03-02T10:01"])
def test_a_target_was_verified_between_arrival_and_now(granted: ACase, moment: str) -> None:
    granted.assess_feasibility()
    with granted.refuses(AnswerDatesInvalid):
        granted.verify_target(verified_at=moment)


@pytest.mark.parametrize("moment", ["2026-03-03T09:59", "2026-03-05T10:01"])
def test_data_left_after_its_target_was_verified_and_not_in_the_future(granted: ACase, moment: str) -> None:
    granted.collect_data("portability")
    granted.assess_feasibility()
    granted.verify_target(at="2026-03-05", verified_at="2026-03-03")
    with granted.refuses(AnswerDatesInvalid):
        granted.transmit(sent_at=moment)
    granted.transmit(sent_at="2026-03-04")
    assert granted.events[-1].sent_at == granted.instant("2026-03-04")


# what is sent


def test_a_package_says_itself_what_is_in_it(verified: ACase) -> None:
    package = uuid4()
    verified.transmit(export_id=package)
    assert (verified.events[-1].export_id, verified.events[-1].data_sets) == (package, ())


def test_nothing_is_sent_where_nothing_was_collected(granted: ACase) -> None:
    granted.assess_feasibility()
    granted.verify_target()
    with granted.refuses(ExportEmpty):
        granted.transmit()


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_inferred_is_not_sent(granted: ACase, made: Made, whole: bool) -> None:
    granted.assess_feasibility()
    granted.verify_target()
    inferred = (FieldDescription("mood", "how the caller sounded", Provenance.INFERRED),)
    changes = {"provenance": Provenance.INFERRED} if whole else {"fields": inferred}
    granted.collect_data(data_set=replace(made.data_set("portability", granted.now), **changes))
    with granted.refuses(ExportEmpty):
        granted.transmit()


def test_what_was_collected_for_another_right_is_not_sent(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, Right.PORTABILITY)
    case.grant("access")
    case.grant("portability")
    case.collect_data("access")
    case.assess_feasibility()
    case.verify_target()
    with case.refuses(ExportEmpty):
        case.transmit()


def test_files_leave_with_the_data_and_each_is_named(verified: ACase, made: Made) -> None:
    verified.attach("portability")
    recording = verified.events[-1].attachment
    guess = replace(made.attachment("portability", verified.now), name="guess.wav", provenance=Provenance.INFERRED)
    verified.attach(attachment=guess)
    verified.transmit()
    event = verified.events[-1]
    assert (event.data_sets, event.attachments) == (
        tuple(verified.request.copies.data_sets),
        (recording.attachment_id,),
    )


def test_a_file_alone_is_sent(granted: ACase) -> None:
    granted.assess_feasibility()
    granted.verify_target()
    granted.attach("portability")
    granted.transmit()
    assert (granted.events[-1].data_sets, len(granted.events[-1].attachments)) == ((), 1)


def test_a_package_names_its_files_itself(verified: ACase) -> None:
    verified.attach("portability")
    verified.transmit(export_id=uuid4())
    assert (verified.events[-1].data_sets, verified.events[-1].attachments) == ((), ())


def test_what_was_left_out_for_the_sake_of_others_is_not_said_to_have_left(verified: ACase) -> None:
    [calls] = verified.request.copies.data_sets
    verified.attach("portability")
    recording = verified.events[-1].attachment.attachment_id
    verified.redact(calls)
    verified.confirm_redactions(calls)
    verified.transmit()
    assert (verified.events[-1].data_sets, verified.events[-1].attachments) == ((), (recording,))


@pytest.mark.parametrize("package", [False, True])
def test_data_of_somebody_else_is_not_sent_before_it_is_redacted(verified: ACase, package: bool) -> None:
    [calls] = verified.request.copies.data_sets
    verified.require_redaction(calls)
    sent = {"export_id": uuid4() if package else None}
    with verified.refuses(RedactionPending) as told:
        verified.transmit(**sent)
    assert told.code == "redaction-pending"
    verified.discard_data(calls)
    with verified.refuses(RedactionPending):
        verified.transmit(**sent)
    verified.collect_data("portability")
    verified.transmit(**sent)


def test_nothing_is_sent_while_there_is_doubt_about_who_asks(verified: ACase) -> None:
    verified.ask_identity()
    with verified.refuses(IdentityUnresolved):
        verified.transmit()


@pytest.mark.parametrize("command", COMMANDS)
def test_only_data_for_portability_that_was_granted_goes_to_another_controller(a_case: OpenCase, command: Any) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        getattr(unregistered, command)()
    case = a_case(Right.PORTABILITY, Right.ACCESS)
    with case.refuses(ItemNotGranted):
        getattr(case, command)()
    with case.refuses(ItemOfOtherRight):
        getattr(case, command)("access")
    with case.refuses(ItemUnknown):
        getattr(case, command)("erasure")


def test_what_is_decided_anew_is_assessed_and_verified_anew(verified: ACase) -> None:
    verified.transmit()
    verified.record_done("portability")
    verified.record_answer("portability")
    verified.close()
    verified.reopen("portability")
    verified.grant("portability")
    with verified.refuses(FeasibilityUnassessed):
        verified.verify_target()
    verified.assess_feasibility()
    with verified.refuses(TargetUnverified):
        verified.transmit()


steps = st.lists(
    st.tuples(st.just("assess_feasibility"), st.booleans())
    | st.tuples(st.just("verify_target"), st.sampled_from(["one.example", "two.example"]))
    | st.tuples(st.just("transmit"), st.sampled_from(["one.example", "two.example"])),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_data_only_ever_goes_where_the_latest_assessment_and_verification_allow(
    a_case: OpenCase, made: Made, steps: Any
) -> None:
    case = a_case(Right.PORTABILITY)
    case.grant("portability")
    case.collect_data("portability")
    feasible, verified = None, None
    for command, value in steps:
        allowed = {"assess_feasibility": True, "verify_target": bool(feasible)}.get(
            command, feasible and value == verified
        )
        given_facts = {"feasible": value, "reasons": made.sealed()} if isinstance(value, bool) else {"target": value}
        if not allowed:
            with case.refuses(FeasibilityUnassessed if not feasible else TargetUnverified):
                getattr(case, command)(**given_facts)
            continue
        getattr(case, command)(**given_facts)
        if command == "assess_feasibility":
            feasible = value
        elif command == "verify_target":
            verified = value
