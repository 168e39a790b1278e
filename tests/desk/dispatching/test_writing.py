"""Letters are written from what stands on the case: reasons, dates, names; a person adds what nobody else can know."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.dispatching import Address, Subject
from dsr.desk.dispatching.only_one import STANDING, require_only_one
from dsr.desk.errors import DispatchUnknown
from dsr.desk.new_case import Person
from dsr.domain.dispatch.errors import DispatchAlreadyWritten, DispatchNotDraft, LetterPartFixed, PublicUrlUnset
from dsr.domain.request.errors import LetterIncomplete, LetterKindWrong
from dsr.domain.request.fees import FeeUnknown
from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.request.kept import KeptGround
from dsr.domain.request.letters import ANSWER_OF, TO_OTHERS, LetterKind
from dsr.domain.request.recipients import Obstacle
from dsr.domain.request.restriction import RestrictionUnknown
from dsr.domain.request.standing import AnswerTo, CopyKind
from dsr.domain.request.values import Channel, IdentityMethod
from dsr.domain.rights import Right
from dsr.domain.ropa import RecipientUnknown
from dsr.letters.fields import (
    CalendarDate,
    Coded,
    Count,
    Entry,
    FreeText,
    KeptData,
    KeptEntry,
    Money,
    Nothing,
    Package,
    Processed,
    Things,
)
from dsr.ropa import EXAMPLE
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office

HANDED_OVER = {"copy": FreeText("You were given it at our counter.")}
KEPT = {"kept-and-why": KeptData((KeptEntry(KeptGround.NOT_ASKED, "Invoices of your firm"),))}


def ask_identity(office: Office, request_id: UUID) -> None:
    office.desk.identity.ask(
        request_id,
        office.call(request_id),
        doubt="The address is not the one on file.",
        method=IdentityMethod.CALL_BACK,
        asked_at=None,
    )


FACTS = ("What is your contract number?", "In which month did you call us last?")


def ask_for_facts(office: Office, request_id: UUID, *alternatives: IdentityMethod) -> None:
    office.desk.identity.ask(
        request_id,
        office.call(request_id),
        doubt="The address is not the one on file.",
        method=IdentityMethod.KNOWN_FACTS,
        alternatives=alternatives,
        questions=FACTS,
        asked_at=None,
    )


def test_a_question_about_known_facts_asks_them_and_offers_only_what_was_chosen(
    office: Office, letters: Letters
) -> None:
    request_id = office.registered(Right.ACCESS)
    ask_for_facts(office, request_id, IdentityMethod.CALL_BACK)
    text = letters.read(letters.write(request_id, LetterKind.IDENTITY_QUESTION)).text
    assert "1. What is your contract number?" in text
    assert "2. In which month did you call us last?" in text
    assert "Let us call you back" in text
    assert "Come to our office" not in text


def test_a_question_about_identity_without_alternatives_offers_to_find_another_way(
    office: Office, letters: Letters
) -> None:
    request_id = office.registered(Right.ACCESS)
    ask_identity(office, request_id)
    text = letters.read(letters.write(request_id, LetterKind.IDENTITY_QUESTION)).text
    assert "If this does not suit you, write to us" in text
    assert "Come to our office" not in text
    assert "Answer a few questions" not in text


def test_an_acknowledgement_does_not_reassure_a_person_who_has_to_answer(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    before = letters.write(request_id, LetterKind.ACKNOWLEDGEMENT, call=letters.robot)
    assert "You do not need to do anything unless we ask you to." in letters.read(before).text
    ask_identity(office, request_id)
    letters.release(before, letters.robot)
    text = letters.read(before).text
    assert "You do not need to do anything" not in text
    assert "We also have a question for you" in text


def test_later_letters_are_in_the_corrected_language(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    office.desk.triage.correct_language(request_id, office.call(request_id), language="ja")
    written = letters.write(request_id, LetterKind.ACKNOWLEDGEMENT)
    assert letters.show(written)["language"] == "ja"
    assert "ご請求を受け付けました" in letters.read(written).text


def refuse(office: Office, request_id: UUID, item_id: str = "erasure", **facts: Any) -> None:
    office.desk.items.propose_refusal(
        request_id, item_id, office.call(request_id, office.bob), draft=office.refusal(**facts)
    )
    office.desk.items.decide_refusal(request_id, item_id, office.call(request_id), approve=True, reason="")


def do(office: Office, request_id: UUID, item_id: str) -> None:
    office.search(request_id, item_id, "crm", "hr", "recordings")
    office.desk.items.record_done(request_id, item_id, office.call(request_id), account="We erased your calls.")


def erased(office: Office) -> UUID:
    request_id: UUID = office.granted(Right.ERASURE)
    do(office, request_id, "erasure")
    return request_id


def tell_everybody(office: Office, request_id: UUID) -> None:
    for item_id, recipient in office.case(request_id).recipients:
        office.desk.recipients.excuse(
            request_id,
            item_id,
            office.call(request_id),
            recipient=recipient,
            obstacle=Obstacle.IMPOSSIBLE,
            explanation="It has gone out of business.",
        )


# Each kind -------------------------------------------------------------------------------------------------------


def acknowledgement(office: Office, letters: Letters) -> UUID:
    return letters.write(office.registered(Right.ACCESS), LetterKind.ACKNOWLEDGEMENT)


def identity_question(office: Office, letters: Letters) -> UUID:
    request_id = office.registered(Right.ACCESS)
    ask_identity(office, request_id)
    return letters.write(request_id, LetterKind.IDENTITY_QUESTION)


def reminder(office: Office, letters: Letters) -> UUID:
    request_id = office.registered(Right.ACCESS)
    ask_identity(office, request_id)
    return letters.write(request_id, LetterKind.REMINDER)


def clarification(office: Office, letters: Letters) -> UUID:
    request_id = office.registered(Right.ACCESS)
    office.desk.deadlines.ask_clarification(
        request_id, office.call(request_id), quantity="Ten years of calls.", asked_at=None
    )
    return letters.write(request_id, LetterKind.CLARIFICATION)


def extension(office: Office, letters: Letters) -> UUID:
    request_id = office.registered(Right.ACCESS)
    letters.extension(request_id)
    return letters.write(request_id, LetterKind.EXTENSION)


def fee(office: Office, letters: Letters) -> UUID:
    request_id = office.registered(Right.ACCESS)
    office.desk.fees.propose(request_id, office.call(request_id), item_ids=("access",), draft=office.fee())
    fee_id = office.fee_id(request_id)
    return letters.write(request_id, LetterKind.FEE, concerns=str(fee_id))


def restrict(office: Office) -> UUID:
    request_id: UUID = office.granted(Right.RESTRICTION)
    office.desk.restriction.restrict(
        request_id,
        "restriction",
        office.call(request_id),
        ground="accuracy-contested",
        facts="The address.",
        activities=("customer-relations",),
        review_on=date(2026, 6, 1),
    )
    return request_id


def lifting(office: Office, letters: Letters) -> UUID:
    request_id = restrict(office)
    [restriction_id] = office.case(request_id).restrictions
    return letters.write(
        request_id,
        LetterKind.LIFTING,
        concerns=str(restriction_id),
        statements={"why": FreeText("The address was right.")},
    )


def refusal(office: Office, letters: Letters) -> UUID:
    request_id = office.registered(Right.ERASURE)
    refuse(office, request_id)
    return letters.write(request_id, LetterKind.REFUSAL, "erasure")


def unidentified(office: Office, letters: Letters) -> UUID:
    request_id = office.registered(Right.ACCESS)
    ask_identity(office, request_id)
    office.desk.identity.give_up(request_id, office.call(request_id), reason="Nobody answered.")
    return letters.write(request_id, LetterKind.REFUSAL)


def offer(office: Office, request_id: UUID, item_id: str) -> Any:
    """A package of the item, and its link."""
    office.desk.dispatching = replace(office.desk.dispatching, public_url="https://privacy.example")
    office.collect(request_id, item_id)
    office.search(request_id, item_id)
    export = UUID(office.desk.exports.prepare(request_id, item_id, office.call(request_id)).resource_id)
    return office.desk.exports.link(office.desk.exports.offer(export, Call(office.ann)))


def access(office: Office, letters: Letters) -> UUID:
    request_id = office.granted(Right.ACCESS)
    offer(office, request_id, "access")
    do(office, request_id, "access")
    return letters.write(request_id, LetterKind.ACCESS, "access")


def nothing_held(office: Office, letters: Letters) -> UUID:
    request_id = office.registered(Right.ERASURE)
    office.search(request_id, "erasure")
    office.desk.items.record_nothing_held(request_id, "erasure", office.call(request_id))
    return letters.write(request_id, LetterKind.ERASURE, "erasure")


def erasure(office: Office, letters: Letters) -> UUID:
    request_id = erased(office)
    tell_everybody(office, request_id)
    return letters.write(
        request_id, LetterKind.ERASURE, "erasure", statements={**KEPT, "recipients-told": FreeText("Nobody yet.")}
    )


def erasure_in_part(office: Office, letters: Letters) -> UUID:
    request_id = office.granted(Right.ERASURE)
    refuse(office, request_id, in_part=True)
    do(office, request_id, "erasure")
    return letters.write(
        request_id, LetterKind.ERASURE, "erasure", statements={**KEPT, "recipients-told": FreeText("Nobody yet.")}
    )


def test_a_refused_part_is_named_as_the_record_of_processing_names_it(office: Office, letters: Letters) -> None:
    request_id = office.granted(Right.ERASURE)
    refuse(office, request_id, in_part=True, extent=("recording", "The notes of Ms Weiss"))
    do(office, request_id, "erasure")
    told = {"recipients-told": FreeText("We told our telephony provider.")}
    draft = letters.write(request_id, LetterKind.ERASURE, "erasure", statements=KEPT | told)
    text = letters.read(draft).text
    assert "- Recording of the call\n" in text
    assert "- recording\n" not in text
    assert "- The notes of Ms Weiss\n" in text, "in the words of the handler, where the record has no name"


def portability(office: Office, letters: Letters) -> UUID:
    request_id = office.granted(Right.PORTABILITY)
    offer(office, request_id, "portability")
    do(office, request_id, "portability")
    return letters.write(request_id, LetterKind.PORTABILITY, "portability")


def information(office: Office, letters: Letters) -> UUID:
    request_id = office.granted(Right.INFORMATION)
    office.desk.information.send_copy(
        request_id,
        "information",
        office.call(request_id),
        kind=CopyKind.CONTRACT_CLAUSES,
        of="telephony",
        redacted=True,
        summary="Prices were left out.",
        sent_at=None,
        channel=Channel.EMAIL,
    )
    do(office, request_id, "information")
    return letters.write(
        request_id, LetterKind.INFORMATION, "information", statements={"information": FreeText("Here is our notice.")}
    )


def consent_withdrawal(office: Office, letters: Letters) -> UUID:
    request_id = office.arrived()
    office.desk.triage.register(
        request_id, office.call(request_id), rights=(Right.CONSENT_WITHDRAWAL,), direct_marketing=False
    )
    item_id = "consent-withdrawal"
    office.desk.consent.withdraw(
        request_id, office.call(request_id), item_id=item_id, activities=("customer-calls",), statement=""
    )
    do(office, request_id, item_id)
    return letters.write(request_id, LetterKind.CONSENT_WITHDRAWAL, item_id, statements={"kept-and-why": Nothing()})


def recipient_notice(office: Office, letters: Letters) -> UUID:
    request_id = erased(office)
    [(item_id, recipient), *_] = office.case(request_id).recipients
    return letters.write(request_id, LetterKind.RECIPIENT_NOTICE, item_id, recipient=recipient)


def staff_warning(office: Office, letters: Letters) -> UUID:
    return letters.write(
        office.registered(Right.ACCESS),
        LetterKind.STAFF_WARNING,
        statements={"warning": Coded("deadline-approaching"), "working-days": Count(5)},
        due_on=date(2026, 4, 2),
    )


KINDS: dict[str, tuple[Callable[[Any, Any], UUID], tuple[str, ...]]] = {
    "acknowledgement": (acknowledgement, ("access", "4 April 2026")),
    "identity question": (identity_question, ("The address is not the one on file.", "call you back")),
    "reminder": (reminder, ("5 March 2026",)),
    "clarification": (clarification, ("Ten years of calls.",)),
    "extension": (extension, ("Forty systems are searched.", "5 June 2026")),
    "fee": (fee, ("10.00", "fourth request", "Berlin")),
    "lifting": (lifting, ("The address was right.", "6 March 2026")),
    "refusal": (refusal, ("Invoices must be kept for ten years.", "The last invoice is of 2024.", "§ 147 AO")),
    "unidentified": (unidentified, ("Nobody answered.", "The address is not the one on file.")),
    "access": (access, ("https://privacy.example/x#", "Berlin")),
    "nothing held": (nothing_held, ("found none",)),
    "erasure": (erasure, ("We erased your calls.", "Invoices")),
    "erasure in part": (erasure_in_part, ("Refused in part", "invoices", "§ 147 AO")),
    "portability": (portability, ("https://privacy.example/x#",)),
    "information": (information, ("Here is our notice.", "Prices were left out.")),
    "consent withdrawal": (
        consent_withdrawal,
        ("We erased your calls.", "We no longer carry out any processing that relied on this consent."),
    ),
    "recipient notice": (recipient_notice, ("ada@example.org", "erased")),
    "staff warning": (staff_warning, ("5 Arbeitstage", "2. April 2026")),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_letter_is_written_from_its_case_leaves_and_is_recorded_there(
    office: Office, letters: Letters, name: str
) -> None:
    # given
    write, words = KINDS[name]
    dispatch_id = write(office, letters)
    row = letters.show(dispatch_id)
    assert row["missing"] == []
    # when
    text = letters.read(dispatch_id).text
    for each in words:
        assert each in text
    if row["needs_approval"]:
        letters.desk.approve(dispatch_id, Call(office.bob))
    letters.release(dispatch_id)
    drained = letters.drain()
    # then
    row = letters.show(dispatch_id)
    assert (drained.sent, row["state"], row["unrecorded"], row["failure"]) == (1, "sent", None, None)
    assert letters.post.messages[-1].text == text
    assert office.differences() == []


def test_there_is_a_way_to_write_every_kind_of_letter() -> None:
    from dsr.desk.dispatching.answers import ANSWERS
    from dsr.desk.dispatching.notices import NOTICES

    assert set(ANSWERS) | set(NOTICES) | {LetterKind.PASSWORD} == set(LetterKind)
    assert set(ANSWER_OF.values()) <= set(ANSWERS)


def test_without_a_public_url_the_error_says_why_no_answer_with_a_package_leaves(
    office: Office, letters: Letters
) -> None:
    request_id = office.granted(Right.ACCESS)
    offer(office, request_id, "access")
    do(office, request_id, "access")
    letters.change(public_url="")
    dispatch_id = letters.write(request_id, LetterKind.ACCESS, "access")
    assert letters.show(dispatch_id)["missing"] == ["copy"]
    with pytest.raises(PublicUrlUnset, match="DSR_PUBLIC_URL"):
        letters.release(dispatch_id)


# What is missing, what is fixed -------------------------------------------------------------------------------------


def test_a_draft_names_what_only_a_person_can_say(office: Office, letters: Letters) -> None:
    request_id = erased(office)
    dispatch_id = letters.write(request_id, LetterKind.ERASURE, "erasure")
    row, preview = letters.show(dispatch_id), letters.read(dispatch_id)
    assert row["missing"] == ["recipients-told"]
    assert (preview.subject, preview.text, preview.html) == (None, None, None)
    assert preview.statements["what-was-done"]["text"] == "We erased your calls."
    # when: the recipients are excused and the handler writes the rest
    tell_everybody(office, request_id)
    letters.desk.edit(dispatch_id, Call(office.ann), statements={**KEPT, "recipients-told": FreeText("Nobody yet.")})
    assert letters.show(dispatch_id)["missing"] == []
    assert "Invoices of your firm" in letters.read(dispatch_id).text


def test_what_was_put_in_before_stays_when_something_else_is(office: Office, letters: Letters) -> None:
    dispatch_id = acknowledgement(office, letters)
    letters.desk.edit(dispatch_id, Call(office.ann), statements={"note": FreeText("We called you back.")})
    letters.desk.edit(dispatch_id, Call(office.ann), address=Address(name="Ms Lovelace", email="ada@example.org"))
    text = letters.read(dispatch_id).text
    assert "We called you back." in text
    assert "Ms Lovelace" in text


@pytest.mark.parametrize(
    ("write", "code", "said"),
    [
        (fee, "amount", Money(1, "EUR")),
        (extension, "new-date", CalendarDate(date(2027, 1, 1))),
        (fee, "ground", Coded("further-copy")),
        (identity_question, "effect-on-clock", FreeText("None.")),
    ],
)
def test_what_was_decided_or_computed_is_not_edited(
    office: Office, letters: Letters, write: Callable[[Any, Any], UUID], code: str, said: Any
) -> None:
    dispatch_id = write(office, letters)
    with pytest.raises(LetterPartFixed):
        letters.desk.edit(dispatch_id, Call(office.ann), statements={code: said})


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        (LetterKind.ERASURE, "processed-or-not", Processed(yes=False)),
        (LetterKind.ERASURE, "note", Package("https://elsewhere.example/x")),
        (LetterKind.ERASURE, "new-date", Coded("complexity")),
    ],
)
def test_what_only_the_case_can_say_is_said_by_nobody_else(
    office: Office, letters: Letters, kind: LetterKind, code: str, said: Any
) -> None:
    with pytest.raises(LetterPartFixed):
        letters.write(erased(office), kind, "erasure", statements={code: said})


def test_only_a_warning_is_about_a_date_that_is_given(office: Office, letters: Letters) -> None:
    with pytest.raises(LetterPartFixed) as fixed:
        letters.write(office.registered(Right.ACCESS), LetterKind.ACKNOWLEDGEMENT, due_on=date(2030, 1, 1))
    assert fixed.value.facts == {"part": "due-date"}


def test_what_was_put_in_is_taken_out_again(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.write(request_id, LetterKind.ACKNOWLEDGEMENT, statements={"thanks": FreeText("Thank you.")})
    assert letters.show(dispatch_id)["missing"] == ["thanks"]  # the template has no place for it
    letters.desk.edit(dispatch_id, Call(office.ann), statements={"thanks": None})
    assert letters.show(dispatch_id)["missing"] == []
    assert letters.release(dispatch_id)["state"] == "queued"


# What is enclosed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "kind", "code"),
    [(Right.ACCESS, LetterKind.ACCESS, "copy"), (Right.PORTABILITY, LetterKind.PORTABILITY, "export")],
)
def test_no_mail_says_that_something_comes_with_it(
    office: Office, letters: Letters, right: Right, kind: LetterKind, code: str
) -> None:
    # given: a person encloses it in a letter on paper
    request_id = office.granted(right)
    do(office, request_id, right.value)
    postal = Address(email="ada@example.org", postal=("Elm Street 1", "10115 Berlin"))
    dispatch_id = letters.write(
        request_id, kind, right.value, channel=Channel.POST, address=postal, statements={code: Package()}
    )
    assert letters.show(dispatch_id)["missing"] == []
    assert "It comes with this letter." in letters.read(dispatch_id).text
    # when
    letters.desk.edit(dispatch_id, Call(office.ann), channel=Channel.EMAIL)
    # then
    row = letters.show(dispatch_id)
    assert (row["missing"], code in row["statements"]) == ([code], False)
    assert letters.read(dispatch_id).text is None
    with pytest.raises(LetterIncomplete):
        letters.release(dispatch_id)


def test_contract_clauses_leave_on_paper_alone(office: Office, letters: Letters) -> None:
    said = {"clauses": Things((Entry("Clauses with the telephone company"),)), "redaction-summary": Nothing()}
    postal = Address(email="ada@example.org", postal=("Elm Street 1", "10115 Berlin"))
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.write(request_id, LetterKind.CONTRACT_CLAUSES, address=postal, statements=said)
    assert letters.show(dispatch_id)["missing"] == ["clauses"]
    letters.desk.edit(dispatch_id, Call(office.ann), channel=Channel.POST)
    assert letters.show(dispatch_id)["missing"] == []


def test_what_waits_to_leave_is_not_edited(office: Office, letters: Letters) -> None:
    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    with pytest.raises(DispatchNotDraft):
        letters.desk.edit(dispatch_id, Call(office.ann), statements={"note": FreeText("Wait.")})


# Never a second one ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"staff warning"}))
def test_no_second_letter_is_written_about_the_same(office: Office, letters: Letters, name: str) -> None:
    dispatch_id = KINDS[name][0](office, letters)
    dispatch = letters.load(dispatch_id)

    def again() -> UUID:
        return letters.write(
            dispatch.request_id,
            dispatch.kind,
            *dispatch.item_ids,
            concerns=dispatch.concerns,
            recipient=dispatch.recipient,
        )

    with pytest.raises(DispatchAlreadyWritten):
        again()
    letters.desk.discard(dispatch_id, Call(office.ann), reason="It was wrong.")
    assert again() != dispatch_id


def test_what_is_asked_anew_is_written_anew(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    ask_identity(office, request_id)
    first = letters.released(request_id, LetterKind.IDENTITY_QUESTION)
    letters.drain()
    office.clock.advance(days=1)
    office.desk.identity.ask_again(request_id, office.call(request_id), reason="The number was another one.")
    assert letters.write(request_id, LetterKind.IDENTITY_QUESTION) != first


def test_what_is_decided_anew_is_answered_anew(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ERASURE)
    refuse(office, request_id)
    letters.released(request_id, LetterKind.REFUSAL, "erasure")
    letters.drain()
    office.desk.answers.close(request_id, office.call(request_id), unidentified=False)
    office.clock.advance(days=1)
    office.desk.answers.reopen(request_id, office.call(request_id), reason="She sent more.", item_ids=("erasure",))
    office.clock.advance(days=1)
    refuse(office, request_id, facts="Another invoice is of 2025.")
    dispatch_id = letters.write(request_id, LetterKind.REFUSAL, "erasure")
    text = letters.read(dispatch_id).text
    assert "Another invoice is of 2025." in text
    assert "The last invoice is of 2024." not in text


def test_a_letter_about_a_newer_item_than_the_case_at_hand_has_is_a_second_one_all_the_same(
    office: Office, letters: Letters
) -> None:
    # given: a letter whose case was loaded before an item was opened, and another letter that tells of that item too
    request_id = office.registered(Right.ERASURE)
    facts: dict[str, Any] = {"ground": "manifestly-excessive", "claims": (ExcessClaim.ABUSIVE,), "intent": "To annoy."}
    refuse(office, request_id, **facts)
    first = letters.write(request_id, LetterKind.REFUSAL, "erasure")
    letters.desk.discard(first, Call(office.ann), reason="It was wrong.")
    case = office.case(request_id)
    office.desk.triage.open_items(request_id, office.call(request_id), rights=(Right.ACCESS,))
    refuse(office, request_id, "access", **facts)
    second = letters.write(request_id, LetterKind.REFUSAL, "erasure", "access")
    # when, then
    with pytest.raises(DispatchAlreadyWritten) as refused:
        require_only_one(office.desk.repository, letters.load(first), case, standing=STANDING)
    assert refused.value.facts["dispatch_id"] == str(second)


# Whom to ---------------------------------------------------------------------------------------------------------


def answer(office: Office, letters: Letters, request_id: UUID, **facts: Any) -> UUID:
    office.desk.items.grant(request_id, "access", office.call(request_id), erasure_ground=None)
    do(office, request_id, "access")
    return letters.write(request_id, LetterKind.ACCESS, "access", statements=HANDED_OVER, **facts)


@pytest.mark.parametrize(
    ("answer_to", "email"),
    [
        (AnswerTo.DATA_SUBJECT, "ada@example.org"),
        (AnswerTo.REPRESENTATIVE, "lou@chambers.example"),
        (AnswerTo.BOTH, "ada@example.org"),
    ],
)
def test_letters_go_to_who_acts_for_the_person_where_that_was_agreed(
    office: Office, letters: Letters, answer_to: AnswerTo, email: str
) -> None:
    dispatch_id = answer(office, letters, office.represented(Right.ACCESS, answer_to=answer_to))
    letters.release(dispatch_id)
    assert letters.drain().sent == 1
    assert letters.post.messages[-1].recipient == email
    assert letters.show(dispatch_id)["unrecorded"] is None


def test_where_both_get_letters_each_gets_one(office: Office, letters: Letters) -> None:
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.BOTH)
    whom = letters.desk.addressees(request_id, office.ann, Subject(LetterKind.ACCESS, ("access",)))
    assert whom == (AnswerTo.DATA_SUBJECT, AnswerTo.REPRESENTATIVE)
    first = answer(office, letters, request_id)
    second = letters.write(
        request_id,
        LetterKind.ACCESS,
        "access",
        addressee=AnswerTo.REPRESENTATIVE,
        statements=HANDED_OVER,
    )
    for each in (first, second):
        letters.release(each)
    assert letters.drain().sent == 2
    assert {each.recipient for each in letters.post.messages} == {"ada@example.org", "lou@chambers.example"}


@pytest.mark.parametrize("answer_to", [AnswerTo.REPRESENTATIVE, AnswerTo.BOTH])
def test_what_an_authority_does_not_cover_is_told_to_the_person(
    office: Office, letters: Letters, answer_to: AnswerTo
) -> None:
    request_id = office.represented(Right.ACCESS, Right.ERASURE, answer_to=answer_to, covered=(Right.ACCESS,))
    office.desk.fees.propose(request_id, office.call(request_id), item_ids=("erasure",), draft=office.fee())
    told = [
        Subject(LetterKind.FEE, concerns=str(office.fee_id(request_id))),
        Subject(LetterKind.LIFTING, concerns="a restriction"),
        Subject(LetterKind.REFUSAL, ("access", "erasure")),
    ]
    for subject in told:
        assert letters.desk.addressees(request_id, office.ann, subject) == (AnswerTo.DATA_SUBJECT,)


def test_no_recipient_and_no_colleague_is_who_acts_for_the_person(office: Office, letters: Letters) -> None:
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.BOTH)
    for kind in TO_OTHERS:
        assert letters.desk.addressees(request_id, office.ann, Subject(kind)) == (AnswerTo.DATA_SUBJECT,)


def test_a_representative_without_an_address_keeps_the_letter_until_there_is_one(
    office: Office, letters: Letters
) -> None:
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.REPRESENTATIVE, contact=None)
    dispatch_id = letters.write(request_id, LetterKind.ACKNOWLEDGEMENT)
    row = letters.show(dispatch_id)
    assert (row["addressee"], row["addressed"], row["channel"]) == ("representative", False, "post")


def test_no_letter_to_the_person_goes_to_a_former_representative_by_mail(office: Office, letters: Letters) -> None:
    # given: the representative's own mail opened the case
    lawyer = Person(name="Lou Lawyer", email="ada@example.org")
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.REPRESENTATIVE, contact=lawyer)
    # when
    office.desk.representation.end(request_id, office.call(request_id), reason="The mandate was revoked.")
    # then: it waits for the person's own address
    row = letters.show(letters.write(request_id, LetterKind.ACKNOWLEDGEMENT))
    assert (row["addressee"], row["addressed"], row["channel"]) == ("data-subject", False, "post")


def test_without_an_address_for_mail_a_letter_goes_by_post(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS, person=Person(name="Ada", address="Elm Street 1\n10115 Berlin"))
    dispatch_id = letters.write(request_id, LetterKind.ACKNOWLEDGEMENT)
    row, preview = letters.show(dispatch_id), letters.read(dispatch_id)
    assert (row["channel"], row["addressed"]) == ("post", True)
    assert preview.postal_address == ("Elm Street 1", "10115 Berlin")


def test_a_recipient_is_told_with_the_least_that_identifies(office: Office, letters: Letters) -> None:
    request_id = office.granted(
        Right.ERASURE, person=Person(name="Ada Lovelace", email="ada@example.org", identifiers=("K-1815",))
    )
    do(office, request_id, "erasure")
    [(item_id, recipient), *_] = office.case(request_id).recipients
    dispatch_id = letters.write(request_id, LetterKind.RECIPIENT_NOTICE, item_id, recipient=recipient)
    text = letters.read(dispatch_id).text
    assert "K-1815" in text
    assert "Ada" not in text
    assert "ada@example.org" not in text


def test_a_letter_is_written_in_the_language_of_the_person_with_english_below(office: Office, letters: Letters) -> None:
    dispatch_id = letters.write(office.registered(Right.ACCESS, language="de"), LetterKind.ACKNOWLEDGEMENT)
    text = letters.read(dispatch_id).text
    assert text.index("4. April 2026") < text.index("4 April 2026")


def access_letter(office: Office, letters: Letters) -> tuple[str, str]:
    """Its German half and the English one."""
    german, english = letters.read(written_access_letter(office, letters)).text.split("_" * 40)
    return german, english


def written_access_letter(office: Office, letters: Letters) -> UUID:
    request_id = office.granted(Right.ACCESS, language="de")
    offer(office, request_id, "access")
    do(office, request_id, "access")
    dispatch_id: UUID = letters.write(request_id, LetterKind.ACCESS, "access")
    return dispatch_id


def test_whoever_reads_a_letter_before_it_leaves_is_warned_of_texts_in_another_language(
    office: Office, letters: Letters
) -> None:
    """Law: docs/law §14."""
    assert letters.read(written_access_letter(office, letters)).other_languages == ()
    lacking = EXAMPLE.read_text()
    for german in (
        "de: Aufzeichnungen von Anrufen\n",
        "de: Um Fragen unserer Kundinnen und Kunden zu beantworten und ihre",
    ):
        line = next(each for each in lacking.splitlines(keepends=True) if german.strip() in each)
        lacking = lacking.replace(line, "")
    office.desk.ropa.adopt(lacking.encode(), Call(office.ann))
    assert set(letters.read(written_access_letter(office, letters)).other_languages) == {
        "Recordings of calls",
        "To answer what customers ask, and to do what they order.",
    }


def test_each_half_of_an_access_letter_quotes_the_record_in_its_own_language(office: Office, letters: Letters) -> None:
    """Law: docs/law §14."""
    german, english = access_letter(office, letters)
    assert "Um den Service zu verbessern" in german
    assert "Was es erlaubt: Ihre Einwilligung" in german
    assert "Aufzeichnungen von Anrufen" in german, "a system that was searched"
    assert "To improve the service" in english
    assert "What allows it: your consent" in english
    assert "Recordings of calls" in english
    assert not [each for each in ("To improve", "Recordings of calls") if each in german]
    assert not [each for each in ("Um den Service", "Was es erlaubt", "Aufzeichnungen") if each in english]


def test_what_the_record_lacks_in_the_language_of_a_letter_is_in_english_and_says_so(
    office: Office, letters: Letters
) -> None:
    """Law: docs/law §14."""
    german = "      de: Aufzeichnungen von Anrufen\n"
    assert german in EXAMPLE.read_text()
    office.desk.ropa.adopt(EXAMPLE.read_text().replace(german, "").encode(), Call(office.ann))
    # when
    first, english = access_letter(office, letters)
    # then
    assert "Recordings of calls (Englisch)" in first
    assert "Recordings of calls" in english
    assert "(Englisch)" not in english


def test_an_access_letter_names_the_link_that_was_offered(office: Office, letters: Letters) -> None:
    request_id = office.granted(Right.ACCESS)
    link = offer(office, request_id, "access")
    do(office, request_id, "access")
    text = letters.read(letters.write(request_id, LetterKind.ACCESS, "access")).text
    assert f"https://privacy.example/x#{link.token}" in text
    assert link.password not in text


# What it has to be about -------------------------------------------------------------------------------------------


def test_a_letter_is_about_something_that_is_there(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    wrong: list[tuple[type[Exception], dict[str, Any]]] = [
        (FeeUnknown, {"kind": LetterKind.FEE}),
        (RestrictionUnknown, {"kind": LetterKind.LIFTING, "concerns": "none"}),
        (RestrictionUnknown, {"kind": LetterKind.RECIPIENT_LIFTING, "recipient": "telephony"}),
        (LetterKindWrong, {"kind": LetterKind.RECIPIENT_NOTICE}),
        (LetterKindWrong, {"kind": LetterKind.ACKNOWLEDGEMENT, "recipient": "telephony"}),
        (RecipientUnknown, {"kind": LetterKind.RECIPIENT_NOTICE, "recipient": "nobody", "item_ids": ("access",)}),
    ]
    for error, facts in wrong:
        with pytest.raises(error):
            office.desk.dispatching.prepare(request_id, Call(office.ann), **facts)


def test_who_does_not_see_the_case_sees_none_of_its_letters(office: Office, letters: Letters) -> None:
    dispatch_id = acknowledgement(office, letters)
    with pytest.raises(DispatchUnknown):
        letters.desk.view(dispatch_id, office.member("eve", "callcentre-fr"))


# What is told to recipients, and what is told of them (GDPR Art. 19) -------------------------------------------------


def test_a_notice_of_a_correction_names_the_field_and_its_new_value(office: Office, letters: Letters) -> None:
    request_id = office.granted(Right.RECTIFICATION)
    office.rectify(request_id, field="caller's number", system="recordings", before="030 1", after="030 2222")
    do(office, request_id, "rectification")
    dispatch_id = letters.write(request_id, LetterKind.RECIPIENT_NOTICE, "rectification", recipient="telephony")
    text = letters.read(dispatch_id).text
    assert "caller's number" in text
    assert "030 2222" in text
    assert "030 1" not in text


def test_a_notice_names_what_is_erased_and_what_stays(office: Office, letters: Letters) -> None:
    request_id = office.granted(Right.ERASURE)
    refuse(office, request_id, in_part=True, extent=("recording",))
    do(office, request_id, "erasure")
    dispatch_id = letters.write(request_id, LetterKind.RECIPIENT_NOTICE, "erasure", recipient="telephony")
    text = letters.read(dispatch_id).text
    assert "Recording of customers' calls" in text
    assert text.index("If you hold it for us, keep it.") < text.rindex("Recording of the call")
    assert "Salaries" not in text, "it needs to know of no processing that does not concern it"


def test_nobody_writes_that_data_was_passed_on_to_nobody_where_it_has_a_recipient(
    office: Office, letters: Letters
) -> None:
    said = KEPT | {"recipients-told": Nothing()}
    with pytest.raises(LetterPartFixed) as fixed:
        letters.write(erased(office), LetterKind.ERASURE, "erasure", statements=said)
    assert fixed.value.facts == {"part": "recipients-told"}


def test_an_objection_letter_does_not_say_that_data_with_a_recipient_was_passed_on_to_nobody(
    office: Office, letters: Letters
) -> None:
    request_id = office.registered(Right.OBJECTION)
    office.desk.objection.object(
        request_id, "objection", office.call(request_id), activities=("employee-evaluation",), grounds="My health."
    )
    office.desk.items.grant(request_id, "objection", office.call(request_id))
    office.desk.objection.stop(request_id, "objection", office.call(request_id), systems=("recordings",))
    do(office, request_id, "objection")
    dispatch_id = letters.write(request_id, LetterKind.OBJECTION, "objection", statements={"kept-and-why": Nothing()})
    assert letters.read(dispatch_id).text is None, "the recipient has not heard of the restriction"
    office.desk.recipients.tell(
        request_id,
        "objection",
        office.call(request_id),
        recipient="telephony",
        told_at=None,
        channel=Channel.EMAIL,
    )
    office.desk.dispatching.edit(dispatch_id, Call(office.ann))
    text = letters.read(dispatch_id).text
    assert text is not None
    assert "We had not passed on this data" not in text
    assert office.desk.repository.ropa.current().document.recipient("telephony").name in text
