"""Several controllers answer one case: who sees it, who decides what, and what passing it on changes (GDPR Art. 26)."""

import inspect
import json
from collections.abc import Callable
from datetime import date
from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest

from dsr.desk.caller import Call, Caller
from dsr.desk.errors import ExportUnknown, Forbidden, RequestUnknown
from dsr.desk.finishing import Completion
from dsr.desk.new_case import Person
from dsr.desk.upload_store import UploadDetails
from dsr.domain.export import ExportOutdated, ExportWithheld, RevocationReason
from dsr.domain.request.automated_decision import ReviewFinding
from dsr.domain.request.errors import ClockResetForbidden
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.recipients import Obstacle
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.standing import CopyKind, HoldKind, TargetMethod
from dsr.domain.request.values import (
    AccuracyFinding,
    BalanceFinding,
    Channel,
    DisclosurePurpose,
    IdentityMethod,
    Provenance,
)
from dsr.domain.rights import Right
from dsr.domain.ropa import ControllerUnknown
from tests.desk.office import Office, nothing_in

DE, FR = "callcentre-de", "callcentre-fr"
BOTH = (DE, FR)


@pytest.fixture
def french(office: Office) -> Caller:
    return office.member("eve", FR)


@pytest.fixture
def german(office: Office) -> Caller:
    return office.member("gus", DE)


def joint(office: Office, *rights: Right, **facts: Any) -> UUID:
    """A case that the German member has and that both answer: `access` and `access-2`, say."""
    request_id: UUID = office.arrived(DE)
    said = {"rights": rights or (Right.ACCESS,), "controllers": BOTH} | facts
    office.desk.triage.register(request_id, office.call(request_id), **said)
    return request_id


def reassign(office: Office, request_id: UUID, who: Caller | None = None, **facts: Any) -> Any:
    said = {"controller_id": FR, "reason": "She lives in Lyon.", "received_on": None} | facts
    return office.desk.triage.reassign(request_id, office.call(request_id, who), **said)


def seen_by(office: Office, request_id: UUID, who: Caller) -> bool:
    """By every way of reading a case, which have to agree."""
    now = office.clock.now()
    ways: list[Callable[[], Any]] = [
        lambda: office.desk.history.request(request_id, who),
        lambda: office.desk.history.items(request_id, who),
        lambda: office.desk.history.require(request_id, who),
        lambda: office.desk.history.request(request_id, who, as_of=now),
        lambda: office.desk.deadlines.explain(request_id, who, as_of=None),
        lambda: office.desk.rights.of_case(request_id, who),
        lambda: office.desk.duplicates.suggestions(request_id, who),
        lambda: office.desk.fees.of(request_id, who),
    ]
    found = set()
    for way in ways:
        try:
            way()
            found.add(True)
        except RequestUnknown:
            found.add(False)
    assert len(found) == 1, "some ways of reading show it and some do not"
    return found.pop()


# Seeing ----------------------------------------------------------------------------------------------------------


def test_staff_see_a_case_as_soon_as_their_controller_answers_an_item_of_it(
    office: Office, french: Caller, german: Caller
) -> None:
    request_id = office.registered(Right.ACCESS)
    assert (seen_by(office, request_id, german), seen_by(office, request_id, french)) == (True, False)
    office.desk.triage.open_items(request_id, office.call(request_id), rights=(Right.ERASURE,), controllers=(FR,))
    assert seen_by(office, request_id, french)
    assert not seen_by(office, request_id, office.member("pat", "callcentre-pl"))


def test_who_answers_an_item_may_read_the_letter_on_record(office: Office, french: Caller) -> None:
    request_id = joint(office)
    opened = office.desk.disclosures.open(
        request_id, office.call(request_id, french), purpose=DisclosurePurpose.ASSESSMENT, versions=None
    )
    message = opened.opened[0].fields["message"]
    assert isinstance(message, dict)
    assert message["person"]["name"] == "Ada Lovelace"


def test_passed_on_a_case_is_seen_where_it_went_and_no_more_where_it_was(
    office: Office, french: Caller, german: Caller
) -> None:
    request_id = office.registered(Right.ACCESS, Right.ERASURE)
    r = office.case(request_id).received_on
    reassign(office, request_id, german)
    assert (seen_by(office, request_id, german), seen_by(office, request_id, french)) == (False, True)
    assert {item["controller_id"] for item in office.view(request_id)["items"]} == {FR}
    assert (office.view(request_id)["controller_id"], office.case(request_id).received_on) == (FR, r)
    assert office.differences() == []


def test_who_decided_an_item_before_the_case_was_passed_on_still_sees_it_and_decides_no_other(
    office: Office, german: Caller
) -> None:
    # given
    request_id = office.registered(Right.ACCESS, Right.ERASURE)
    office.search(request_id, "access")
    office.desk.items.record_nothing_held(request_id, "access", office.call(request_id, german))
    # when
    reassign(office, request_id, german)
    # then
    assert seen_by(office, request_id, german)
    letter = office.letter(LetterKind.ACCESS)
    office.desk.answers.record_answer(request_id, office.call(request_id, german), draft=letter, item_ids=("access",))
    with pytest.raises(Forbidden):
        office.desk.items.grant(request_id, "erasure", office.call(request_id, german))
    with pytest.raises(Forbidden):
        reassign(office, request_id, german, controller_id=DE)


def test_passing_on_moves_no_clock(office: Office) -> None:
    # given: 8 May is a holiday in France and none in Germany
    office.clock.time = office.clock.time.replace(month=4, day=8)
    request_id = office.registered(Right.ACCESS, controller_id=FR)
    before = office.view(request_id)
    # when
    with pytest.raises(ClockResetForbidden):
        reassign(office, request_id, controller_id=DE, received_on=date(2026, 4, 9))
    office.clock.advance(days=5)
    reassign(office, request_id, controller_id=DE, received_on=date(2026, 4, 8))
    # then
    after = office.view(request_id)
    assert (before["statutory_due"], after["statutory_due"]) == ("2026-05-11", "2026-05-08")
    assert after["received_on"] == before["received_on"]
    assert after["promise_due"] == before["promise_due"]


def test_nobody_is_passed_a_case_whom_the_pinned_record_does_not_name(office: Office) -> None:
    request_id = office.registered(Right.ACCESS)
    with pytest.raises(ControllerUnknown):
        reassign(office, request_id, controller_id="callcentre-xx")
    with pytest.raises(ControllerUnknown):
        office.desk.triage.open_items(
            request_id, office.call(request_id), rights=(Right.ERASURE,), controllers=("callcentre-xx",)
        )


# Deciding --------------------------------------------------------------------------------------------------------

OPEN, NONE = (), None
_AT: dict[str, Any] = {"sent_at": None, "channel": Channel.EMAIL}

A_RECORDING = UploadDetails(
    name="call",
    media_type="audio/wav",
    system="recordings",
    purpose="quality",
    provenance=Provenance.OBSERVED,
    description="The call of 2 March.",
    collected_at=None,
)

ON_ITEMS: dict[str, Callable[[Any, UUID, str, Call], Any]] = {
    "items.grant": lambda o, r, i, c: o.desk.items.grant(r, i, c),
    "items.record_done": lambda o, r, i, c: o.desk.items.record_done(r, i, c, account="Done."),
    "items.record_nothing_held": lambda o, r, i, c: o.desk.items.record_nothing_held(r, i, c),
    "search_links.issue": lambda o, r, i, c: o.desk.search_links.issue(r, i, c, system="crm", look_for="Ada Lovelace"),
    "search_lists.account": lambda o, r, i, c: o.desk.search_lists.account(r, i, c, reports=(nothing_in("crm"),)),
    "items.propose_refusal": lambda o, r, i, c: o.desk.items.propose_refusal(r, i, c, draft=o.refusal()),
    "items.decide_refusal": lambda o, r, i, c: o.desk.items.decide_refusal(r, i, c, approve=True, reason=""),
    "rectification.assess": lambda o, r, i, c: o.desk.rectification.assess(
        r, i, c, finding=AccuracyFinding.ACCURATE, assessment="Compared."
    ),
    "rectification.rectify": lambda o, r, i, c: o.desk.rectification.rectify(
        r, i, c, operation=RectificationOperation.CORRECTED, field="street", system="crm", before="a", after="b"
    ),
    "restriction.restrict": lambda o, r, i, c: o.desk.restriction.restrict(
        r, i, c, ground="accuracy-contested", facts="Wrong.", activities=OPEN, review_on=date(2026, 6, 1)
    ),
    "objection.object": lambda o, r, i, c: o.desk.objection.object(r, i, c, activities=OPEN, grounds="Ill."),
    "objection.balance": lambda o, r, i, c: o.desk.objection.balance(
        r, i, c, finding=BalanceFinding.SUBJECT_PREVAILS, assessment="Nothing compels.", extent=OPEN
    ),
    "objection.stop": lambda o, r, i, c: o.desk.objection.stop(r, i, c, systems=("crm",)),
    "consent.withdraw": lambda o, r, i, c: o.desk.consent.withdraw(r, c, item_id=i, activities=OPEN, statement=""),
    "consent.treat_as_withdrawal": lambda o, r, i, c: o.desk.consent.treat_as_withdrawal(r, i, c, activities=OPEN),
    "automated_decision.review": lambda o, r, i, c: o.desk.automated_decision.review(
        r, i, c, finding=ReviewFinding.NONE_MADE, activities=OPEN, reviewer=NONE, competent=False, result=""
    ),
    "information.send_copy": lambda o, r, i, c: o.desk.information.send_copy(
        r, i, c, kind=CopyKind.PRIVACY_NOTICE, of=NONE, redacted=False, summary="", **_AT
    ),
    "access_information.correct": lambda o, r, i, c: o.desk.access_information.correct(
        r, i, c, point=InformationPoint.SOURCE, text="From the directory."
    ),
    "access_information.withdraw_correction": lambda o, r, i, c: o.desk.access_information.withdraw_correction(
        r, i, c, point=InformationPoint.SOURCE
    ),
    "access_information.open": lambda o, r, i, c: o.desk.access_information.open(
        r, i, c, purpose=DisclosurePurpose.ANSWERING
    ),
    "transfer.assess": lambda o, r, i, c: o.desk.transfer.assess(r, i, c, feasible=True, reasons=""),
    "transfer.verify_target": lambda o, r, i, c: o.desk.transfer.verify_target(
        r, i, c, target="api.other.example", method=TargetMethod.CALL_BACK, verified_at=NONE
    ),
    "transfer.transmit": lambda o, r, i, c: o.desk.transfer.transmit(
        r, i, c, target="api.other.example", export_id=NONE, receipt="", **_AT
    ),
    "hand_overs.hand_over": lambda o, r, i, c: o.desk.hand_overs.hand_over(
        r, i, c, export_id=uuid4(), url="https://api.other.example/inbox"
    ),
    "recipients.add": lambda o, r, i, c: o.desk.recipients.add(
        r, i, c, contact=Person(name="Court", email="post@court.example"), reason="It got one file."
    ),
    "recipients.tell": lambda o, r, i, c: o.desk.recipients.tell(
        r, i, c, recipient="telephony", told_at=NONE, channel=Channel.EMAIL
    ),
    "recipients.excuse": lambda o, r, i, c: o.desk.recipients.excuse(
        r, i, c, recipient="telephony", obstacle=Obstacle.IMPOSSIBLE, explanation="Gone."
    ),
    "deliveries.tell_password": lambda o, r, i, c: o.desk.deliveries.tell_password(
        r, i, c, channel=Channel.TELEPHONE, told_at=NONE, account="Called the number on file."
    ),
    "collection.collect": lambda o, r, i, c: o.collect(r, i, c),
    "uploads.begin": lambda o, r, i, c: o.desk.uploads.begin(r, i, c, size=10, details=A_RECORDING),
    "exports.preview": lambda o, r, i, c: o.desk.exports.preview(r, i, c, path="index.html"),
    "finishing.finish": lambda o, r, i, c: o.desk.finishing.finish(r, i, c, completion=Completion("Done.")),
    "uploads.receive": lambda o, r, i, c: o.desk.uploads.receive(r, i, c, content=b"x", details=A_RECORDING),
    "exports.prepare": lambda o, r, i, c: o.desk.exports.prepare(r, i, c),
    "fees.propose": lambda o, r, i, c: o.desk.fees.propose(r, c, item_ids=(i,), draft=o.fee()),
    "answers.record_answer": lambda o, r, i, c: o.desk.answers.record_answer(
        r, c, draft=o.letter(LetterKind.ACCESS), item_ids=(i,)
    ),
    "dispatching.prepare": lambda o, r, i, c: o.desk.dispatching.prepare(r, c, kind=LetterKind.ACCESS, item_ids=(i,)),
}
OF_THE_CASE: dict[str, Callable[[Any, UUID, Call], Any]] = {
    "open items": lambda o, r, c: o.desk.triage.open_items(r, c, rights=(Right.ERASURE,)),
    "reassign": lambda o, r, c: o.desk.triage.reassign(r, c, controller_id=FR, reason="Ours.", received_on=None),
    "link duplicate": lambda o, r, c: o.desk.triage.link_duplicate(r, c, original_id=r),
    "assign": lambda o, r, c: o.desk.triage.assign(r, c, assignee="ann"),
    "note": lambda o, r, c: o.desk.triage.add_note(r, c, note="Called."),
    "ask identity": lambda o, r, c: o.desk.identity.ask(
        r, c, doubt="Another address.", method=IdentityMethod.CALL_BACK, asked_at=None
    ),
    "ask clarification": lambda o, r, c: o.desk.deadlines.ask_clarification(r, c, quantity="Much.", asked_at=None),
    "propose extension": lambda o, r, c: o.desk.deadlines.propose_extension(r, c, ground="complexity", reasons="x"),
    "acknowledge": lambda o, r, c: o.desk.answers.record_answer(
        r, c, draft=o.letter(LetterKind.ACKNOWLEDGEMENT), item_ids=()
    ),
    "write an acknowledgement": lambda o, r, c: o.desk.dispatching.prepare(r, c, kind=LetterKind.ACKNOWLEDGEMENT),
    "close": lambda o, r, c: o.desk.answers.close(r, c, unidentified=False),
    "withdraw": lambda o, r, c: o.desk.answers.withdraw(r, c, confirmed=True, statement="", item_ids=None),
    "withdraw an item": lambda o, r, c: o.desk.answers.withdraw(
        r, c, confirmed=True, statement="", item_ids=("access-2",)
    ),
    "reopen": lambda o, r, c: o.desk.answers.reopen(r, c, reason="A system was missed.", item_ids=()),
    "examine messages": lambda o, r, c: o.desk.messages.examine(
        r, c, message_ids=(uuid4(),), kind=MessageKind.REMINDER
    ),
    "withdraw consent": lambda o, r, c: o.desk.consent.withdraw(r, c, item_id=None, activities=(), statement=""),
    "end representation": lambda o, r, c: o.desk.representation.end(r, c, reason="Of age."),
    "token for the data subject": lambda o, r, c: o.desk.subject_access.issue_token(r, c),
    "end the access of the data subject": lambda o, r, c: o.desk.subject_access.end(r, c),
    "hold what is the other's": lambda o, r, c: o.desk.holds.place(
        r, c, kind=HoldKind.LEGAL, controller_id=DE, activities=(), systems=("crm",), reason="Sued."
    ),
}


def test_the_table_names_every_command_on_an_item(office: Office) -> None:
    found = set()
    rooms = {name: room for name, room in vars(office.desk).items() if name != "book"}
    for room, desk in rooms.items():
        for name, method in inspect.getmembers(type(desk), inspect.isfunction):  # a property may refuse
            takes = inspect.signature(method).parameters
            if not name.startswith("_") and "call" in takes and {"item_id", "item_ids"} & set(takes):
                found.add(f"{room}.{name}")
    of_the_case = {"answers.withdraw", "answers.reopen", "messages.examine", "matters.open_letter"}
    assert found - of_the_case == set(ON_ITEMS), "and those four are about whole cases"


@pytest.mark.parametrize("name", ON_ITEMS)
def test_an_item_is_the_business_of_those_who_answer_it(
    office: Office, french: Caller, german: Caller, name: str
) -> None:
    request_id = joint(office)
    before = len(office.names())
    for who, item_id in ((french, "access"), (german, "access-2")):
        with pytest.raises(Forbidden):
            ON_ITEMS[name](office, request_id, item_id, office.call(request_id, who))
    assert len(office.names()) == before


@pytest.mark.parametrize("name", OF_THE_CASE)
def test_the_case_is_the_business_of_the_controller_that_has_it(office: Office, french: Caller, name: str) -> None:
    request_id = joint(office)
    before = len(office.names())
    with pytest.raises(Forbidden):
        OF_THE_CASE[name](office, request_id, office.call(request_id, french))
    assert len(office.names()) == before


def test_each_controller_takes_its_own_item_to_the_end(office: Office, french: Caller, german: Caller) -> None:
    request_id = joint(office)
    for who, item_id in ((french, "access-2"), (german, "access")):
        for command in ("items.grant", "collection.collect", "items.record_done", "answers.record_answer"):
            if command == "items.record_done":
                office.search(request_id, item_id)
            ON_ITEMS[command](office, request_id, item_id, office.call(request_id, who))
    assert office.view(request_id)["items_unanswered"] == 0
    office.desk.answers.close(request_id, office.call(request_id, german), unidentified=False)
    assert office.view(request_id)["outcome"] == "fulfilled"


def test_each_controller_refuses_its_own_item_with_two_people_of_its_own(office: Office, french: Caller) -> None:
    request_id = joint(office, Right.ERASURE)
    office.desk.items.propose_refusal(request_id, "erasure-2", office.call(request_id, french), draft=office.refusal())
    with pytest.raises(Forbidden):
        ON_ITEMS["items.decide_refusal"](
            office, request_id, "erasure-2", office.call(request_id, office.member("gil", DE))
        )
    ON_ITEMS["items.decide_refusal"](office, request_id, "erasure-2", office.call(request_id, office.member("zoe", FR)))
    assert [item["status"] for item in office.view(request_id)["items"]] == ["open", "refused"]


def test_one_letter_for_all_is_recorded_by_somebody_who_works_for_all(
    office: Office, french: Caller, german: Caller
) -> None:
    # given
    request_id = joint(office)
    for item_id in ("access", "access-2"):
        office.search(request_id, item_id)
        ON_ITEMS["items.record_nothing_held"](office, request_id, item_id, office.call(request_id))

    def record(who: Caller) -> Any:
        letter = office.letter(LetterKind.ACCESS)
        call = office.call(request_id, who)
        return office.desk.answers.record_answer(request_id, call, draft=letter, item_ids=("access", "access-2"))

    # when, then
    for who in (french, german):
        with pytest.raises(Forbidden):
            record(who)
    record(office.member("max", DE, FR))


def test_what_stands_on_an_item_belongs_to_those_who_answer_it(office: Office, french: Caller, german: Caller) -> None:
    # given: restriction, fee, hold and data set of the French item
    request_id = joint(office, Right.RESTRICTION, Right.ACCESS)
    desk, call = office.desk, partial(office.call, request_id)
    desk.items.grant(request_id, "restriction-2", call(french))
    ON_ITEMS["restriction.restrict"](office, request_id, "restriction-2", call(french))
    desk.fees.propose(request_id, call(french), item_ids=("access-2",), draft=office.fee())
    [restriction_id], fee_id = office.case(request_id).restrictions, office.fee_id(request_id)
    held = [hold for hold in office.case(request_id).holds.values() if hold.controller_id == FR]
    [hold_id] = [hold.hold_id for hold in held if hold.kind is HoldKind.RETENTION]
    desk.fees.waive(request_id, fee_id, call(french), reason="Little work.")
    desk.items.grant(request_id, "access-2", call(french))
    office.collect(request_id, "access-2", call(french))
    [data_set_id] = office.case(request_id).copies.data_sets
    commands: list[Callable[[Caller], Any]] = [
        lambda who: desk.restriction.use(request_id, restriction_id, call(who), use="legal-claims", account="Counsel."),
        lambda who: desk.fees.record_paid(request_id, fee_id, call(who), paid_at=None),
        lambda who: desk.fees.expire(request_id, fee_id, call(who)),
        lambda who: desk.fees.waive(request_id, fee_id, call(who), reason="Little work."),
        lambda who: desk.holds.release(request_id, hold_id, call(who), reason="Not needed."),
        lambda who: desk.redaction.require(request_id, data_set_id, call(who), reason="Her sister."),
        lambda who: desk.collection.discard(request_id, data_set_id, call(who)),
    ]
    # when, then
    for command in commands:
        with pytest.raises(Forbidden):
            command(german)
    for command in (commands[0], *commands[4:]):
        command(french)


# Packages --------------------------------------------------------------------------------------------------------


def packed(office: Office, request_id: UUID, item_id: str, who: Caller) -> UUID:
    ON_ITEMS["items.grant"](office, request_id, item_id, office.call(request_id, who))
    office.collect(request_id, item_id, office.call(request_id, who))
    office.search(request_id, item_id)
    return UUID(office.desk.exports.prepare(request_id, item_id, office.call(request_id, who)).resource_id)


def test_data_and_package_name_the_controller_that_answers_the_item(
    office: Office, french: Caller, german: Caller
) -> None:
    # given
    request_id = joint(office)
    export_id = packed(office, request_id, "access-2", french)
    # then
    assert [each.controller_id for each in office.case(request_id).copies.data_sets.values()] == [FR]
    assert office.desk.exports.view(export_id, german).resource_id == str(export_id), (
        "who sees the case sees what was built for it"
    )
    with pytest.raises(ExportUnknown):
        office.desk.exports.view(export_id, office.member("pat", "callcentre-pl"))
    with pytest.raises(Forbidden):
        office.desk.exports.offer(export_id, Call(german))
    with pytest.raises(Forbidden):
        office.desk.exports.revoke(export_id, Call(german), reason=RevocationReason.LINK_LOST)
    # when: the data subject redeems it
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(french)))
    package = handed_over(office, link)
    # then
    assert b"Callcentre France" in manifest(package)
    assert b"Callcentre Deutschland" not in manifest(package)


def handed_over(office: Office, link: Any) -> bytes:
    session = office.desk.exports.redeem(link.token, link.password, network="")
    return b"".join(office.desk.exports.download(session.secret, network=""))


def test_a_package_of_an_item_that_was_passed_on_is_not_handed_over(
    office: Office, french: Caller, german: Caller
) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    export_id = packed(office, request_id, "access", german)
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(german)))
    # when
    reassign(office, request_id)
    # then: it names the controller that answered before
    with pytest.raises(ExportWithheld):
        office.desk.exports.redeem(link.token, link.password, network="")
    with pytest.raises(ExportOutdated):
        office.desk.exports.offer(export_id, Call(french))
    with pytest.raises(ExportUnknown):
        office.desk.exports.offer(export_id, Call(german))
    # when: built anew, from data that the other one collected
    office.search(request_id, "access")
    anew = UUID(office.desk.exports.prepare(request_id, "access", office.call(request_id, french)).resource_id)
    link = office.desk.exports.link(office.desk.exports.offer(anew, Call(french)))
    # then
    told = json.loads(manifest(handed_over(office, link)))
    assert (told["controller"]["id"], [each["id"] for each in told["joint_controllers"]]) == (FR, [DE])
    assert [file["controller"] for file in told["files"] if file["path"] == "data/calls.json"] == [DE]


def manifest(package: bytes) -> bytes:
    """Of a package, which is a zip."""
    with ZipFile(BytesIO(package)) as archive:
        return archive.read("manifest.json")


def test_a_package_of_another_item_is_unknown_there(office: Office, french: Caller) -> None:
    with pytest.raises(ExportUnknown):
        office.desk.exports.view(uuid4(), french)
