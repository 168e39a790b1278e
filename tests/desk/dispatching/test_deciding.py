"""Reading is recorded, changes are looked at twice, and no machine is answered by ours."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.desk.caller import Call
from dsr.desk.dispatching import ACKNOWLEDGEMENT_SPACING, Address, Rewording, decide
from dsr.desk.errors import DispatchUnknown
from dsr.domain.dispatch.errors import (
    DispatchAddressMissing,
    DispatchNeedsPerson,
    DispatchNotApproved,
    DispatchStale,
    LetterPartFixed,
)
from dsr.domain.request.errors import FourEyes, LetterIncomplete, ReasonRequired
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.letters import LetterTemplateInvalid, Templates
from dsr.letters.fields import FreeText, Nothing
from dsr.mailbox.bounce import Bounce
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office


def by_mail(office: Office, sender: str = "Ada Lovelace <ada@example.org>", **headers: Any) -> UUID:
    request_id = office.case_by_mail(office.mail(sender=sender, **headers))
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,), direct_marketing=False)
    return request_id


def test_each_opening_is_on_record_before_anything_is_shown(office: Office, letters: Letters) -> None:
    dispatch_id = letters.write(office.registered(Right.ACCESS), LetterKind.ACKNOWLEDGEMENT)
    preview = letters.read(dispatch_id)
    pdf = letters.desk.paper(dispatch_id, Call(office.bob), purpose=DisclosurePurpose.COMPLAINT)
    opened = office.events("dispatch.opened")
    assert [(each.actor, each.purpose.value) for each in opened] == [("ann", "answering"), ("bob", "complaint")]
    assert (preview.version, letters.show(dispatch_id)["version"]) == (2, 3)
    assert pdf.startswith(b"%PDF")
    assert "ada@example.org" not in repr(preview)


def test_an_incomplete_letter_is_not_printed(office: Office, letters: Letters) -> None:
    request_id = office.granted(Right.ERASURE)
    office.search(request_id, "erasure", "crm", "hr", "recordings")
    office.desk.items.record_done(request_id, "erasure", office.call(request_id), account="Gone.")
    dispatch_id = letters.write(request_id, LetterKind.ERASURE, "erasure")
    with pytest.raises(LetterIncomplete):
        letters.desk.paper(dispatch_id, Call(office.ann), purpose=DisclosurePurpose.ANSWERING)
    with pytest.raises(LetterIncomplete):
        letters.release(dispatch_id)


def test_what_is_printed_is_what_is_kept_whatever_the_templates_say_by_then(office: Office, letters: Letters) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.released(
        request_id,
        LetterKind.ACKNOWLEDGEMENT,
        channel=Channel.POST,
        address=Address(name="Ada", postal=("Elm Street 1", "10115 Berlin")),
    )

    def paper() -> bytes:
        pdf: bytes = letters.desk.paper(dispatch_id, Call(office.ann), purpose=DisclosurePurpose.ANSWERING)
        return pdf

    kept, printed = letters.read(dispatch_id).text, paper()
    # when
    block = '{% block closing %}<p>Other words. {{ say("contact") }}</p>{% endblock %}'
    changed = '{% extends "acknowledgement.html.j2" %}' + block
    letters.change(templates=Templates({"callcentre-de/acknowledgement": changed}))
    # then
    assert paper() == printed
    assert letters.read(dispatch_id).text == kept
    assert letters.row(letters.desk.mark_posted(dispatch_id, Call(office.ann)))["unrecorded"] is None


def test_in_development_a_letter_with_an_untranslated_sentence_leaves_in_english_alone(
    office: Office, letters: Letters, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    block = '{% block closing %}<p>{{ _("Nobody translated this.") }} {{ say("contact") }}</p>{% endblock %}'
    sources = {"callcentre-de/acknowledgement": '{% extends "acknowledgement.html.j2" %}' + block}
    request_id = office.registered(Right.ACCESS, language="de")
    # when, then: without the setting, none is written
    letters.change(templates=Templates(sources))
    with pytest.raises(LetterTemplateInvalid, match="Nobody translated this"):
        letters.write(request_id, LetterKind.ACKNOWLEDGEMENT)
    # when: with it
    letters.change(templates=Templates(sources, english_if_untranslated=True))
    letters.released(request_id, LetterKind.ACKNOWLEDGEMENT)
    letters.drain()
    # then
    assert [mail.languages for mail in letters.post.messages] == [("en",)]
    assert "Nobody translated this." in caplog.text


def test_an_answer_that_refuses_a_part_is_approved_once_one_person_changed_it(office: Office, letters: Letters) -> None:
    # given
    request_id, items = office.granted(Right.ERASURE), office.desk.items
    draft = office.refusal(in_part=True)
    items.propose_refusal(request_id, "erasure", office.call(request_id, office.bob), draft=draft)
    items.decide_refusal(request_id, "erasure", office.call(request_id), approve=True, reason="")
    office.search(request_id, "erasure", "crm", "hr", "recordings")
    items.record_done(request_id, "erasure", office.call(request_id), account="Gone.")
    said = {
        "kept-and-why": Nothing(),
        "recipients-told": FreeText("Nobody yet."),
        "note": FreeText("You can't complain of this."),
    }
    # when
    dispatch_id = letters.write(request_id, LetterKind.ERASURE, "erasure", statements=said)
    # then
    assert letters.show(dispatch_id)["needs_approval"]
    with pytest.raises(DispatchNotApproved):
        letters.release(dispatch_id)
    letters.desk.approve(dispatch_id, Call(office.bob))
    assert letters.release(dispatch_id)["state"] == "queued"
    assert office.differences() == []


def test_a_letter_that_two_decided_on_and_one_changed_waits_for_another(office: Office, letters: Letters) -> None:
    # given: what is put in while it is written is a change too
    request_id = office.registered(Right.ACCESS)
    letters.extension(request_id)
    dispatch_id = letters.write(request_id, LetterKind.EXTENSION, statements={"note": FreeText("Thank you.")})
    with pytest.raises(DispatchNotApproved):
        letters.release(dispatch_id)
    for nobody in (office.ann, office.member("dana", roles=frozenset({Role.APPROVER, Role.DPO}))):
        with pytest.raises(FourEyes):
            letters.desk.approve(dispatch_id, Call(nobody))
    letters.desk.approve(dispatch_id, Call(office.bob))
    assert letters.release(dispatch_id)["state"] == "queued"


def test_a_refusal_in_other_words_is_approved_again(office: Office, letters: Letters) -> None:
    # given
    request_id = office.registered(Right.ERASURE)
    items = office.desk.items
    items.propose_refusal(request_id, "erasure", office.call(request_id, office.bob), draft=office.refusal())
    items.decide_refusal(request_id, "erasure", office.call(request_id), approve=True, reason="")
    dispatch_id = letters.write(request_id, LetterKind.REFUSAL, "erasure")
    assert not letters.show(dispatch_id)["needs_approval"]
    # when
    words = FreeText("Tax law makes us keep invoices for ten years.")
    letters.desk.edit(dispatch_id, Call(office.ann), rewordings={0: Rewording(reasons=words)})
    # then
    text = letters.read(dispatch_id).text
    assert words.text in text
    assert "Invoices must be kept for ten years." not in text
    assert "The last invoice is of 2024." in text
    with pytest.raises(DispatchNotApproved):
        letters.release(dispatch_id)
    with pytest.raises(LetterPartFixed):
        letters.desk.edit(dispatch_id, Call(office.ann), rewordings={1: Rewording(reasons=words)})


def test_only_a_letter_of_refusal_is_put_into_other_words(office: Office, letters: Letters) -> None:
    request_id = office.granted(Right.ERASURE)
    items = office.desk.items
    draft = office.refusal(in_part=True)
    items.propose_refusal(request_id, "erasure", office.call(request_id, office.bob), draft=draft)
    items.decide_refusal(request_id, "erasure", office.call(request_id), approve=True, reason="")
    office.search(request_id, "erasure", "crm", "hr", "recordings")
    items.record_done(request_id, "erasure", office.call(request_id), account="Gone.")
    answer = letters.write(request_id, LetterKind.ERASURE, "erasure")
    with pytest.raises(LetterPartFixed):
        letters.desk.edit(answer, Call(office.ann), rewordings={0: Rewording(facts=FreeText("None."))})


def test_another_address_is_a_change_too(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    letters.extension(request_id)
    dispatch_id = letters.write(request_id, LetterKind.EXTENSION, address=Address(email="eve@example.net"))
    assert letters.show(dispatch_id)["needs_approval"]


def test_a_letter_without_an_address_is_not_released(office: Office, letters: Letters) -> None:
    dispatch_id = letters.write(office.registered(Right.ACCESS), LetterKind.ACKNOWLEDGEMENT, channel=Channel.POST)
    with pytest.raises(DispatchAddressMissing):
        letters.release(dispatch_id)


def test_discarding_needs_a_reason_that_says_something(office: Office, letters: Letters) -> None:
    dispatch_id = letters.write(office.registered(Right.ACCESS), LetterKind.ACKNOWLEDGEMENT)
    with pytest.raises(ReasonRequired):
        letters.desk.discard(dispatch_id, Call(office.ann), reason=" … ")


def test_a_letter_to_somebody_who_was_forgotten_is_discarded(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.write(request_id, LetterKind.ACKNOWLEDGEMENT)
    office.desk.repository.keystore.destroy([office.case(request_id).keys["case-file"]])
    with pytest.raises(ReasonRequired):
        letters.desk.discard(dispatch_id, Call(office.ann), reason=" ")
    row = letters.row(letters.desk.discard(dispatch_id, Call(office.ann), reason="She was forgotten."))
    assert row["state"] == "discarded"


# Machines --------------------------------------------------------------------------------------------------------


def test_a_message_that_a_machine_wrote_starts_no_case_and_gets_no_letter(office: Office, letters: Letters) -> None:
    outcome = office.receive(office.mail(sender="Ada Lovelace <ada@example.org>", Auto_Submitted="auto-replied"))
    assert (outcome.outcome, outcome.error, outcome.request_id) == ("quarantined", "automatic-message", None)
    assert letters.drain().sent == 0


def test_nothing_leaves_by_itself_for_an_address_that_gave_a_letter_back(office: Office, letters: Letters) -> None:
    # given
    first = letters.acknowledged(office.registered(Right.ACCESS))
    letters.drain()
    message_id = letters.show(first)["message_id"].strip("<>")
    letters.desk.record_bounce(Bounce((message_id,), "5.1.1", permanent=True), letters.robot)
    # when
    later = office.registered(Right.ERASURE)
    second = letters.write(later, LetterKind.ACKNOWLEDGEMENT, call=letters.robot)
    # then
    with pytest.raises(DispatchNeedsPerson):
        letters.release(second, letters.robot)
    letters.desk.edit(second, Call(office.ann), address=Address(email="ada@new.example"))
    assert letters.release(second, letters.robot)["state"] == "queued"


def test_acknowledgements_to_one_sender_are_spaced_and_none_is_dropped(office: Office, letters: Letters) -> None:
    # given
    waiting = [letters.acknowledged(by_mail(office)) for _ in range(4)]
    other = letters.acknowledged(by_mail(office, sender="bea@example.org"))
    begun = office.clock.now()
    # then
    times = [letters.show(each)["not_before"] for each in waiting]
    expected = [begun + ACKNOWLEDGEMENT_SPACING * number for number in range(4)]
    assert times == [each.isoformat().replace("+00:00", "Z") for each in expected]
    assert letters.drain().sent == 2
    assert {letters.show(each)["state"] for each in (waiting[0], other)} == {"sent"}
    office.clock.advance(seconds=ACKNOWLEDGEMENT_SPACING.total_seconds() * 3)
    assert letters.drain().sent == 3


def test_of_two_acknowledgements_that_are_released_at_once_the_slower_leaves_later(
    office: Office, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    mine, other = (letters.write(by_mail(office), LetterKind.ACKNOWLEDGEMENT) for _ in range(2))
    looked, raced = decide._earliest, list[UUID]()

    def looked_before_the_other(*asked: Any) -> datetime:
        found = looked(*asked)
        if not raced:
            raced.append(other)
            letters.release(other)
        return found

    monkeypatch.setattr(decide, "_earliest", looked_before_the_other)
    # when
    letters.release(mine)
    # then
    assert letters.load(other).not_before == office.clock.now()
    assert letters.load(mine).not_before == office.clock.now() + ACKNOWLEDGEMENT_SPACING


def test_an_acknowledgement_that_leaves_long_after_keeps_no_other_waiting(office: Office, letters: Letters) -> None:
    # given: one that a person lets leave in a month
    late = letters.write(by_mail(office), LetterKind.ACKNOWLEDGEMENT)
    in_a_month = office.later(days=30)
    letters.release(late, not_before=in_a_month)
    # when
    now, next_one = letters.acknowledged(by_mail(office)), letters.acknowledged(by_mail(office))
    # then: these are spaced from each other
    assert letters.load(now).not_before == office.clock.now()
    assert letters.load(next_one).not_before == office.clock.now() + ACKNOWLEDGEMENT_SPACING
    # and from that one, once its time comes
    office.clock.time = in_a_month - ACKNOWLEDGEMENT_SPACING / 2
    assert letters.load(letters.acknowledged(by_mail(office))).not_before == in_a_month + ACKNOWLEDGEMENT_SPACING


def test_the_spacing_asks_as_little_however_many_cases_a_sender_has(office: Office, letters: Letters) -> None:
    """Databases take so many values in a query, and a machine may make more cases than that."""
    most: list[int] = []

    def count(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "ORDER BY dispatches.not_before" in statement:
            most.append(len(values))

    engine = office.service.database.engine
    sa.event.listen(engine, "before_cursor_execute", count)
    for _ in range(6):
        letters.acknowledged(office.registered(Right.ACCESS))
    sa.event.remove(engine, "before_cursor_execute", count)

    assert len(set(most)) == 1


def test_other_letters_to_one_sender_are_not_spaced(office: Office, letters: Letters) -> None:
    request_id = by_mail(office)
    letters.acknowledged(request_id)
    letters.extension(request_id)
    letters.released(request_id, LetterKind.EXTENSION, call=letters.robot)
    assert letters.drain().sent == 2


def test_nothing_of_a_letter_stands_in_the_open(office: Office, letters: Letters) -> None:
    letters.acknowledged(by_mail(office, sender="Ada Lovelace <ada.lovelace@example.org>"))
    letters.drain()
    everything = repr(office.everything())
    assert "ovelace" not in everything
    assert "Dear" not in everything


def test_a_letter_belongs_to_who_answers_by_now(office: Office, letters: Letters) -> None:
    # given: a draft of a case that was passed on
    german, french = office.member("gus", "callcentre-de"), office.member("eve", "callcentre-fr")
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.write(request_id, LetterKind.ACKNOWLEDGEMENT, call=Call(german))
    office.desk.triage.reassign(
        request_id,
        office.call(request_id),
        controller_id="callcentre-fr",
        reason="She lives in Lyon.",
        received_on=None,
    )
    # when, then: it does not speak for the one before, and the next one brings it up to date
    with pytest.raises(DispatchUnknown):
        letters.release(dispatch_id, Call(german))
    with pytest.raises(DispatchStale):
        letters.release(dispatch_id, Call(french))
    letters.desk.edit(dispatch_id, Call(french))
    assert letters.release(dispatch_id, Call(french))["controller_id"] == "callcentre-fr"
    assert letters.drain().sent == 1
