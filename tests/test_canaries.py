"""No personal data outside a seal: canary words in every field of every use case, then a search of all of it.

Searched are every column of every table of both databases, the database files themselves, all blob files, the keyring,
every log record, and every error that was raised; plain, and as hex, base64 and JSON escapes.
"""

import base64
import json
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from dsr.api import create_app
from dsr.bootstrap import Service
from dsr.database import metadata
from dsr.desk.caller import Call, Caller, IdempotencyKey
from dsr.desk.caller import service as part
from dsr.desk.fees import FeeDraft
from dsr.desk.items import RefusalDraft
from dsr.desk.letters import Draft
from dsr.desk.new_case import Person
from dsr.desk.search_lists import SystemReport
from dsr.desk.upload_store import UploadDetails
from dsr.domain.authority_disclosure import DisclosureFinding
from dsr.domain.errors import DomainError
from dsr.domain.export import Export, RevocationReason
from dsr.domain.matter import IncidentRisk, MatterKind, TellingException
from dsr.domain.own_erasure import OwnErasureKind
from dsr.domain.request import Request
from dsr.domain.request.automated_decision import ReviewFinding
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.grounds import ExcessClaim
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.letters import ANSWER_OF, NOTHING_HELD_STATEMENTS, REQUIRED_STATEMENTS, LetterKind
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.standing import AnswerTo, CopyKind, CostKind, CostLine, RepresentativeKind, TargetMethod
from dsr.domain.request.values import (
    AccuracyFinding,
    AssuranceLevel,
    BalanceFinding,
    Channel,
    DisclosurePurpose,
    DismissalKind,
    IdentityMethod,
    Provenance,
)
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.staff import Training
from tests.mailed import mails, secret_in_mail
from tests.settable_clock import SettableClock

STAFF = frozenset(Role) - {Role.DATA_SUBJECT, Role.DPO}


class Canaries:
    """Words that stand for personal data and secrets; none may be found outside a seal."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.errors: list[BaseException] = []
        self._numbers = count(1)

    def __call__(self, what: str) -> str:
        """A fresh word, with letters that JSON escapes and an apostrophe that SQL does."""
        self.words.append(f"canary{next(self._numbers):03}{what}qzx")
        return f"{self.words[-1]} ü'\""

    def secret(self, value: str) -> str:
        """Something that the service made and must keep to itself."""
        self.words.append(value)
        return value

    def forms(self) -> dict[bytes, str]:
        """What to look for, each with the word it stands for."""
        found = {}
        for word in self.words:
            raw = word.encode()
            for form in (raw, raw.hex().encode(), raw.hex().upper().encode(), raw.decode().upper().encode()):
                found[form] = word
            for shift in range(3):  # base64 of anything that the word stands in
                body = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 :]
                inner = body.rstrip(b"=")[: -2 if len(body.rstrip(b"=")) > 12 else None]
                found[inner] = word
                found[inner.replace(b"+", b"-").replace(b"/", b"_")] = word
        return found

    def refused(self, command: Callable[[], Any]) -> None:
        """A command that the law or the service refuses; its error is searched too."""
        with pytest.raises(DomainError) as refusal:
            command()
        self.errors.append(refusal.value)


class Browser:
    """Of a person; what it sends of itself is theirs, too."""

    def __init__(self, app: Flask, canary: Canaries) -> None:
        self.client = app.test_client()
        self.canary = canary
        self.form_token = ""
        self.headers = {"User-Agent": canary("browser").split()[0], "Referer": canary("referrer").split()[0]}
        self.address = {"REMOTE_ADDR": "198.51.100.202"}
        canary.secret("198.51.100.202")

    def open(self, path: str) -> None:
        self._note(self.client.get(path, headers=self.headers, environ_base=self.address))

    def send(self, path: str, **form: str) -> None:
        """Send a form, with the token of the page that was seen last."""
        data = {"form_token": self.form_token} | form
        self._note(self.client.post(path, data=data, headers=self.headers, environ_base=self.address))

    def download(self, export_id: UUID) -> None:
        """From the page of the package."""
        self.canary.secret(self.secret("dsr_package", f"/x/{export_id}"))
        found = self.client.get(f"/x/{export_id}/package", headers=self.headers, environ_base=self.address)
        assert found.data.startswith(b"PK")

    def secret(self, name: str, path: str) -> str:
        """What a cookie holds."""
        cookie = self.client.get_cookie(name, path=path)
        assert cookie is not None
        return str(cookie.value)

    def _note(self, answer: TestResponse) -> None:
        assert answer.status_code < 500, answer.text
        found = re.search(r'name="form_token" value="([^"]+)"', answer.text)
        if found is not None:
            self.form_token = self.canary.secret(found[1])


class Journey:
    """Every use case of the desk with canaries in it, and every page of the data subject."""

    def __init__(self, service: Service, clock: SettableClock) -> None:
        self.desk, self.service, self.clock = service.desk, service, clock
        self.canary = Canaries()
        self.ann, self.bob = Caller("ann", STAFF, None), Caller("bob", STAFF, None)
        self.offered: UUID
        self.mailed: list[str] = []
        """What a mail to the person of the latest case says: to whom, and the code."""

    def call(self, request_id: UUID | None = None, who: Caller | None = None) -> Call:
        """With an idempotency key, so that its record is written and searched."""
        found = None if request_id is None else self.desk.repository.find(Request, request_id)
        key = IdempotencyKey(self.service.fingerprint(uuid4().bytes), self.service.fingerprint(b"body"))
        return Call(who or self.ann, expected=found.version if found else None, idempotency=key)

    def draft(self, kind: LetterKind) -> Draft:
        statements: dict[str, Any] = {
            code: self.canary(f"statement-{code}") for code in REQUIRED_STATEMENTS[kind] | NOTHING_HELD_STATEMENTS
        }
        if "authority" in statements:
            statements["authority"] = "de-berlin"
        if "kept-and-why" in statements:
            entry = {"ground": "not-asked", "what": statements["kept-and-why"]}
            statements["kept-and-why"] = {"says": "kept", "entries": [entry]}
        return Draft(kind, Channel.EMAIL, None, "en", self.canary("letter"), statements)

    def mail(self, *, to: str = "privacy@callcentre.example", **headers: str) -> bytes:
        word = self.canary
        lines = {
            "Received": f"from {word('host')} by mx.callcentre.example; {self.clock.now():%a, %d %b %Y %H:%M:%S %z}",
            "From": f"{self._bare('name')} <{self._bare('sender')}@example.org>",
            "To": to,
            "Subject": f"{self._bare('subject')}",
            "Message-ID": f"<{self._bare('message-id')}@example.org>",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        text = f"Access to my data under Article 15 GDPR, please. {word('text')}"
        boundary = (
            'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b\r\n"
            f'Content-Type: text/csv; name="{self._bare("attachment-name")}.csv"\r\n\r\n'
            f"{word('attachment')}\r\n--b--\r\n"
        )
        return (head + boundary).encode()

    def _bare(self, what: str) -> str:
        return self.canary(what).split()[0]

    # The way of everything -------------------------------------------------------------------------------------

    def go(self) -> None:
        for stage in (
            self.intake,
            self.triage,
            self.identity,
            self.clock_rules,
            self.fees_and_representation,
            self.decisions,
            self.acts,
            self.restrictions_and_objections,
            self.exports,
            self.pages,
            self.without_request,
        ):
            stage()
        self.staff()

    def arrived(self) -> UUID:
        word, email = self.canary, self._bare("email")
        self.mailed = [email]
        answer = self.desk.entry.enter_request(
            self.call(),
            controller_id="callcentre-de",
            channel=Channel.POST,
            received_at=self.clock.now(),
            person=Person(
                name=word("name"),
                email=f"{email}@example.org",
                phone=word("phone") + "+49 30 555 0001",
                identifiers=(word("customer-number"), "customer-4711"),
                address=word("address"),
            ),
            text=word("text"),
            language="de",
        )
        return UUID(answer.resource_id)

    def registered(self, *rights: Right) -> UUID:
        request_id = self.arrived()
        self.desk.triage.register(request_id, self.call(request_id), rights=rights, direct_marketing=False)
        return request_id

    def intake(self) -> None:
        desk, word = self.desk, self.canary
        raw = self.mail()
        first = desk.mail.receive_message(raw, self.call())
        assert first.outcome == "received", first
        assert desk.mail.receive_message(raw, self.call()).outcome == "duplicate"
        sender = next(line for line in raw.decode().splitlines() if line.startswith("From")).partition(": ")[2]
        reply = self.mail(From=sender, Subject=f"Re: {first.reference}")
        assert desk.mail.receive_message(reply, self.call()).outcome == "follow-up"
        stranger = self.mail(Subject=f"Re: {first.reference}")
        assert desk.mail.receive_message(stranger, self.call()).outcome == "received"
        unreadable = self.mail(From=f"{self._bare('a')}@example.org, {self._bare('b')}@example.org")
        aside = desk.mail.receive_message(unreadable, self.call(), controller_id="callcentre-de")
        nobodys = desk.mail.receive_message(self.mail(to=f"{self._bare('to')}@elsewhere.example"), self.call())
        assert (aside.outcome, nobodys.outcome) == ("quarantined", "quarantined")
        assert aside.quarantine_id is not None
        assert nobodys.quarantine_id is not None
        desk.quarantine.open(aside.quarantine_id, self.call(), purpose=DisclosurePurpose.TRIAGE)
        desk.quarantine.propose_discarding(aside.quarantine_id, self.call(), reason=word("discard"))
        self.canary.refused(
            lambda: desk.quarantine.decide_discarding(
                aside.quarantine_id or uuid4(), self.call(), approve=False, reason=word("alone")
            )
        )
        self.enter_quarantined(nobodys.quarantine_id)
        self.canary.refused(
            lambda: desk.quarantine.propose_discarding(
                nobodys.quarantine_id or uuid4(), self.call(), reason=word("settled")
            )
        )
        assert first.request_id is not None
        desk.disclosures.open(
            first.request_id, self.call(first.request_id), purpose=DisclosurePurpose.TRIAGE, versions=None
        )
        desk.disclosures.original(
            first.request_id, self.call(first.request_id), purpose=DisclosurePurpose.TRIAGE, version=1
        )
        for bad in ({"controller_id": "nobody"}, {"received_at": datetime.max.replace(tzinfo=self.zone)}):
            self.canary.refused(lambda bad=bad: self.enter_quarantined(None, **bad))  # type: ignore[misc]

    @property
    def zone(self) -> Any:
        return self.clock.now().tzinfo

    def enter_quarantined(self, quarantine_id: UUID | None, **facts: Any) -> None:
        said: dict[str, Any] = {"controller_id": "callcentre-de", "received_at": self.clock.now()} | facts
        self.desk.entry.enter_request(
            self.call(),
            channel=Channel.EMAIL,
            person=Person(name=self.canary("name")),
            text=self.canary("text"),
            language="en",
            quarantine_id=quarantine_id,
            **said,
        )

    def triage(self) -> None:
        triage, word = self.desk.triage, self.canary
        spam, noted, original, duplicate = (self.arrived() for _ in range(4))
        triage.dismiss(spam, self.call(spam), kind=DismissalKind.SPAM, reason=word("dismissal"))
        triage.add_note(noted, self.call(noted), note=word("note"))
        self.canary.refused(lambda: triage.add_note(noted, Call(self.ann, expected=99), note=word("stale")))
        triage.link_duplicate(duplicate, self.call(duplicate), original_id=original)
        triage.open_items(
            open_ := self.registered(Right.ACCESS), self.call(open_), rights=(Right.ERASURE,), direct_marketing=False
        )
        self.desk.answers.withdraw(
            open_, self.call(open_), confirmed=True, statement=word("withdrawal"), item_ids=("access",)
        )

    def identity(self) -> None:
        identity, word = self.desk.identity, self.canary
        for decision in ("confirm", "give up"):
            case = self.registered(Right.ACCESS)
            asked: dict[str, Any] = {"doubt": word("doubt"), "method": IdentityMethod.DOCUMENT_COPY}
            identity.give_dpo_opinion(case, self.call(case), supports=True, opinion=word("opinion"), **asked)
            identity.ask(case, self.call(case), **asked, new_fact=word("new fact"), asked_at=None)
            question = self.draft(LetterKind.IDENTITY_QUESTION)
            self.desk.answers.record_answer(case, self.call(case), draft=question, item_ids=())
            scan = word("scan").encode()
            identity.take_evidence(case, self.call(case), evidence=word("evidence"), received_at=None, content=scan)
            identity.ask_again(case, self.call(case), reason=word("insufficient"))
            identity.take_evidence(case, self.call(case), evidence=word("evidence"), received_at=None)
            if decision == "confirm":
                identity.confirm(
                    case,
                    self.call(case),
                    method=IdentityMethod.DOCUMENT_COPY,
                    assurance=AssuranceLevel.HIGH,
                    answered_at=None,
                )
                continue
            identity.give_up(case, self.call(case), reason=word("failure"))
            refusal = self.draft(LetterKind.REFUSAL)
            self.desk.answers.record_answer(case, self.call(case), draft=refusal, item_ids=())
            self.desk.answers.close(case, self.call(case), unidentified=True)
            self.desk.answers.reopen(case, self.call(case), reason=word("reopening"), item_ids=())

    def clock_rules(self) -> None:
        deadlines, word = self.desk.deadlines, self.canary
        case = self.registered(Right.ACCESS)
        deadlines.ask_clarification(case, self.call(case), quantity=word("quantity"), asked_at=None)
        deadlines.receive_clarification(case, self.call(case), answer=word("clarification"), answered_at=None)
        for approve in (False, True):
            deadlines.propose_extension(case, self.call(case, self.bob), ground="complexity", reasons=word("extension"))
            deadlines.decide_extension(case, self.call(case), approve=approve, reason=word("decline"))
        deadlines.send_extension_notice(case, self.call(case), draft=self.draft(LetterKind.EXTENSION))
        self.canary.refused(
            lambda: deadlines.propose_extension(case, self.call(case), ground="sloth", reasons=word("twice"))
        )
        deadlines.explain(case, self.ann, as_of=None)

    def restrictions_and_objections(self) -> None:
        desk, word = self.desk, self.canary
        case = self.registered(Right.RESTRICTION, Right.OBJECTION, Right.CONSENT_WITHDRAWAL)
        desk.items.grant(case, "restriction", self.call(case))
        until: dict[str, Any] = {"review_on": self.clock.now().date() + timedelta(days=30)}
        why: dict[str, Any] = {"ground": "accuracy-contested", "facts": word("facts of a restriction")}
        desk.restriction.restrict(case, "restriction", self.call(case), activities=(), **why, **until)
        self.canary.refused(
            lambda: desk.restriction.restrict(
                case, "restriction", self.call(case), ground=word("ground"), facts=word("facts"), activities=(), **until
            )
        )
        [one] = desk.repository.request(case, self.ann).restrictions
        used = {"use": "legal-claims", "account": word("account of a use")}
        desk.restriction.use(case, one, self.call(case), **used)
        self.canary.refused(
            lambda: desk.restriction.use(case, one, self.call(case), use=word("use"), account=word("account"))
        )
        desk.restriction.set_review(case, one, self.call(case), reason=word("reason of a review"), **until)
        desk.restriction.tell_of_lifting(case, one, self.call(case), draft=self.draft(LetterKind.LIFTING))
        desk.restriction.lift(case, one, self.call(case), reason=word("reason of the lifting"))
        desk.objection.object(
            case, "objection", self.call(case), activities=("employee-evaluation",), grounds=word("situation")
        )
        desk.objection.balance(
            case,
            "objection",
            self.call(case),
            finding=BalanceFinding.SUBJECT_PREVAILS,
            assessment=word("assessment of interests"),
            extent=(),
        )
        desk.consent.withdraw(case, self.call(case), item_id=None, activities=(), statement=word("own words"))
        marketing = self.arrived()
        desk.triage.register(marketing, self.call(marketing), rights=(Right.OBJECTION,), direct_marketing=True)
        desk.objection.object(
            marketing, "objection", self.call(marketing), activities=(), grounds=word("needless grounds")
        )

    def fees_and_representation(self) -> None:
        desk, word = self.desk, self.canary
        case = self.registered(Right.ACCESS)
        desk.representation.accept(
            case,
            self.call(case),
            kind=RepresentativeKind.AGENT,
            evidence=word("authority"),
            rights=(Right.ACCESS,),
            expires_on=None,
            for_child=False,
            conflict_assessed=True,
            conflict=False,
            answer_to=AnswerTo.BOTH,
        )
        for end in ("decline", "waive"):
            draft = FeeDraft(
                ground="manifestly-excessive",
                facts=word("facts of a fee"),
                amount=500,
                currency="EUR",
                cost_basis=(CostLine(CostKind.COPYING, 500),),
                offer_ends_on=self.clock.now().date() + timedelta(days=20),
                claims=(ExcessClaim.ABUSIVE,),
                previous_request_on=None,
                earlier_copy_on=None,
                statements={
                    "right-to-withdraw": word("offer"),
                    "authority": "de-berlin",
                    "judicial-remedy": word("remedy"),
                },
            )
            desk.fees.propose(case, self.call(case), item_ids=("access",), draft=draft)
            fee_id = next(reversed(desk.repository.request(case, self.ann).fees))
            desk.fees.send_notice(case, fee_id, self.call(case), draft=self.draft(LetterKind.FEE))
            if end == "decline":
                desk.fees.decline(case, fee_id, self.call(case), answered_at=None, statement=word("too much"))
            else:
                desk.fees.waive(case, fee_id, self.call(case), reason=word("waiver"))
        self.canary.refused(lambda: desk.fees.waive(case, uuid4(), self.call(case), reason=word("no such fee")))
        desk.representation.end(case, self.call(case), reason=word("end of the mandate"))

    def decisions(self) -> None:
        desk, word = self.desk, self.canary
        case = self.registered(Right.RECTIFICATION, Right.ERASURE, Right.OBJECTION)
        for approve in (False, True):
            draft = RefusalDraft(
                ground="legal-obligation",
                reasons=word("reasons"),
                facts=word("facts"),
                intent=word("intent"),
                provision="§ 147 AO",
                extent=("invoices",),
                claims=(),
                previous_request_on=None,
                statements={"authority": "de-berlin", "judicial-remedy": word("remedy")},
                covers_all=True,
            )
            desk.items.propose_refusal(case, "erasure", self.call(case, self.bob), draft=draft)
            self.canary.refused(
                lambda: desk.items.decide_refusal(
                    case, "erasure", self.call(case, self.bob), approve=False, reason=word("four-eyes")
                )
            )
            desk.items.decide_refusal(case, "erasure", self.call(case), approve=approve, reason=word("decline"))
        desk.items.grant(case, "rectification", self.call(case))
        found: dict[str, Any] = {"finding": AccuracyFinding.INACCURATE, "assessment": word("assessment")}
        desk.rectification.assess(case, "rectification", self.call(case), **found)
        rectify = partial(
            desk.rectification.rectify,
            operation=RectificationOperation.CORRECTED,
            field="surname",
            before=word("before"),
            after=word("after"),
        )
        rectify(case, "rectification", self.call(case), system="crm")
        self.canary.refused(lambda: rectify(case, "rectification", self.call(case), system="nowhere"))
        self.searched(case, "rectification")
        self.searched(case, "objection")
        desk.items.record_done(case, "rectification", self.call(case), account=word("account"))
        desk.items.record_nothing_held(case, "objection", self.call(case))
        incomplete = Draft(LetterKind.RECTIFICATION, Channel.POST, None, "de", word("incomplete"), {})
        self.canary.refused(
            lambda: desk.answers.record_answer(case, self.call(case), draft=incomplete, item_ids=("rectification",))
        )
        for item, kind in (
            ("rectification", LetterKind.RECTIFICATION),
            ("erasure", LetterKind.REFUSAL),
            ("objection", ANSWER_OF[Right.OBJECTION]),
        ):
            desk.answers.record_answer(case, self.call(case), draft=self.draft(kind), item_ids=(item,))
        desk.answers.close(case, self.call(case), unidentified=False)

    def acts(self) -> None:
        """What is done to give effect to the rights that have an act of their own."""
        desk, word = self.desk, self.canary
        case = self.registered(Right.AUTOMATED_DECISION, Right.INFORMATION, Right.PORTABILITY)
        desk.staff.enrol(Call(part("test")), identifier="rita", roles=(Role.OPERATOR,), controllers=("*",))
        review: dict[str, Any] = {"activities": (), "reviewer": "rita", "result": word("result")}
        for competent in (False, True):
            contest = partial(
                desk.automated_decision.review,
                case,
                "automated-decision",
                self.call(case),
                finding=ReviewFinding.CHANGED,
                competent=competent,
                **review,
            )
            contest() if competent else self.canary.refused(contest)
        desk.items.grant(case, "information", self.call(case))
        copy: dict[str, Any] = {"kind": CopyKind.CONTRACT_CLAUSES, "redacted": True, "sent_at": None}
        copy["channel"] = Channel.EMAIL
        send = partial(desk.information.send_copy, case, "information", summary=word("summary"), **copy)
        self.canary.refused(lambda: send(call=self.call(case), of="payroll"))
        send(call=self.call(case), of="telephony")
        desk.items.grant(case, "portability", self.call(case))
        transfer = partial(desk.transfer.assess, case, "portability")
        transfer(self.call(case), feasible=False, reasons=word("not-feasible"))
        left: dict[str, Any] = {
            "export_id": None,
            "sent_at": None,
            "channel": Channel.PORTAL,
            "receipt": word("receipt"),
        }
        send_data = partial(desk.transfer.transmit, case, "portability", target="api.other.example", **left)
        self.canary.refused(lambda: send_data(call=self.call(case)))
        transfer(self.call(case), feasible=True, reasons=word("feasible"))
        seen: dict[str, Any] = {"method": TargetMethod.CALL_BACK, "verified_at": None}
        seen["target"] = "api.other.example"
        desk.transfer.verify_target(case, "portability", self.call(case), **seen)
        desk.collection.collect(
            case,
            "portability",
            self.call(case),
            content=json.dumps([{"said": word("said")}]).encode(),
            media_type="application/json",
            name="calls",
            system="crm",
            purpose="Customer relations",
            provenance=Provenance.OBSERVED,
            fields=(FieldDescription("said", "What was said", Provenance.PROVIDED),),
            collected_at=None,
        )
        send_data(call=self.call(case))

    def attachments(self, case: UUID) -> None:
        """A file that is attached, and one that is taken out again."""
        for name in ("kept", "discarded"):
            self.desk.uploads.complete(self.sent(case, name), self.call(case), sha256=None)
            found = self.desk.repository.find(Request, case)
            assert found is not None
            last = next(reversed(found.copies.attachments))
            if name == "discarded":
                self.desk.uploads.discard_attachment(case, last, self.call(case))

    def attachment_unfinished(self, case: UUID) -> None:
        """A file that never becomes whole; its parts stay where they are."""
        upload_id = self.sent(case, "unfinished", missing=1)
        self.canary.refused(lambda: self.desk.uploads.complete(upload_id, self.call(case), sha256=None))

    def sent(self, case: UUID, name: str, *, missing: int = 0) -> UUID:
        """An upload in parts, of which so many bytes are still to come."""
        uploads, content = self.desk.uploads, self.canary(f"{name} attachment").encode()
        details = UploadDetails(name, "", "crm", "Customer relations", Provenance.OBSERVED, "A note.", None)
        begun = uploads.begin(case, "access", self.call(), size=len(content) + missing, details=details)
        upload_id = UUID(begun.resource_id)
        for start in range(0, len(content), 10):
            uploads.append(upload_id, self.ann, offset=start, content=content[start : start + 10])
        return upload_id

    def searched(self, case: UUID, item_id: str) -> None:
        """One system is left out, data was collected from some, the others hold nothing."""
        desk, word = self.desk, self.canary
        listed, _ = desk.search_lists.of_item(case, item_id, self.ann)
        found = desk.repository.find(Request, case)
        assert found is not None
        holding = {each.system for each in found.copies.collected.values() if each.item_id == item_id}
        left_out, *others = (each for each in listed.open if each not in holding)
        reports = [SystemReport(each, SearchResult.NOTHING, identifiers=word("identifiers")) for each in others]
        reports += [SystemReport(each, SearchResult.FOUND) for each in sorted(holding)]
        reports.append(SystemReport(left_out, SearchResult.LEFT_OUT, reason=word("left-out")))
        desk.search_lists.account(case, item_id, self.call(case), reports=reports)

    def copy_corrected(self, case: UUID) -> None:
        """What was flagged by mistake, and what is told otherwise than in the record of processing."""
        redaction, information = self.desk.redaction, self.desk.access_information
        found = self.desk.repository.find(Request, case)
        assert found is not None
        for target in found.copies.collected:
            redaction.require(case, target, self.call(case), reason=self.canary("flagged"))
            redaction.confirm(case, target, self.call(case), reason=self.canary("not flagged"))
        for point in (InformationPoint.SOURCE, InformationPoint.COMPLAINT, InformationPoint.PURPOSES):
            information.correct(case, "access", self.call(case), point=point, text=self.canary(f"told of {point}"))
        information.withdraw_correction(case, "access", self.call(case), point=InformationPoint.PURPOSES)
        information.open(case, "access", self.call(case), purpose=DisclosurePurpose.ANSWERING)

    def exports(self) -> None:
        desk, word = self.desk, self.canary
        case = self.registered(Right.ACCESS)
        desk.items.grant(case, "access", self.call(case))
        facts: dict[str, Any] = {
            "name": "calls",
            "system": "crm",
            "purpose": "Customer relations",
            "provenance": Provenance.OBSERVED,
            "fields": (FieldDescription("said", "What was said", Provenance.PROVIDED),),
            "collected_at": None,
        }
        for media_type, content in (
            ("application/json", json.dumps([{"said": word("json")}], ensure_ascii=False)),
            ("text/csv", f"said\n{self._bare('csv')}\n"),
        ):
            desk.collection.collect(
                case, "access", self.call(case), content=content.encode(), media_type=media_type, **facts
            )
        for bad in (f'[{{"{self._bare("key")}": 1}}]', f'{{"said": "{self._bare("broken")}'):
            self.canary.refused(
                lambda bad=bad: desk.collection.collect(  # type: ignore[misc]
                    case, "access", self.call(case), content=bad.encode(), media_type="application/json", **facts
                )
            )
        found = desk.repository.find(Request, case)
        assert found is not None
        desk.collection.discard(case, next(iter(found.copies.data_sets)), self.call(case))
        self.attachments(case)
        self.copy_corrected(case)
        self.searched(case, "access")
        export_id = UUID(desk.exports.prepare(case, "access", self.call(case)).resource_id)
        for end in ("wrong", "redeemed", "revoked"):
            link = desk.exports.link(desk.exports.offer(export_id, self.call()))
            word.secret(link.token)
            word.secret(link.password)
            if end == "wrong":
                for token in (link.token, word("no-token")):
                    guess = partial(desk.exports.redeem, token, word("guess"), network="198.51.100.201")
                    self.canary.refused(guess)
            elif end == "redeemed":
                session = desk.exports.redeem(link.token, link.password, network="198.51.100.201")
                for _ in desk.exports.download(word.secret(session.secret), network="198.51.100.201"):
                    pass
                self.canary.refused(partial(desk.exports.download, word("no-session"), network="198.51.100.201"))
            else:
                desk.exports.revoke(export_id, self.call(), reason=RevocationReason.LINK_LOST)
        word.secret("198.51.100.201")
        self.offered = export_id
        desk.subject_access.issue_token(case, self.call(case))
        token = secret_in_mail(self.service)
        self.mailed = [word.secret(token), *self.mailed]
        desk.staff.authenticate(token)

    def pages(self) -> None:
        """The data subject, without a token: signs in, looks, opens one package there and another by its link."""
        desk, word = self.desk, self.canary
        browser = Browser(create_app(self.service), word)
        case = desk.repository.find(Export, self.offered).request_id  # type: ignore[union-attr]  # it was made just now
        reference = desk.repository.request(case, self.ann).reference
        browser.open("/my")
        browser.send("/my/code", reference=word("typed reference"))
        browser.send("/my/code", reference=reference)
        desk.sign_in_mail.send_due()
        code = re.search(r"\b\d{4} \d{4}\b", mails(self.service)[-1])
        assert code is not None
        self.mailed = [word.secret(code[0]), *self.mailed]
        browser.send("/my/session", reference=reference, code=word("typed code"))
        browser.send("/my/session", reference=reference, code=code[0])
        word.secret(browser.secret("dsr_session", "/my"))
        browser.open("/my/request")
        link = desk.exports.link(desk.exports.offer(self.offered, self.call()))
        for secret in (word("typed secret"), word.secret(link.password)):
            browser.send("/my/package", package=str(self.offered), password=secret)
        browser.download(self.offered)
        link = desk.exports.link(desk.exports.offer(self.offered, self.call()))
        self.attachment_unfinished(case)
        browser.open("/x")
        word.secret(browser.secret("dsr_form", "/x"))
        for token, secret in (
            (word("typed token"), word("typed secret")),
            (word.secret(link.token), word("typed secret")),
            (link.token, word.secret(link.password)),
        ):
            browser.send("/x", token=token, password=secret)
        browser.download(self.offered)
        browser.open("/my/consent")
        browser.send("/my/consent", statement=word("typed statement"))
        browser.send("/my/withdrawal", part=word("typed part"))
        browser.send("/my/sign-out")
        assert [each.name for each in self.service.log.read()].count("dsr.export.downloaded") == 3, "one at the desk"

    def without_request(self) -> None:
        erasures, disclosures, word = self.desk.own_erasures, self.desk.authority_disclosures, self.canary
        for kind in (OwnErasureKind.CHILD_DATA, OwnErasureKind.REFUSED_RECORDING):
            reported = erasures.report(
                self.call(),
                kind=kind,
                controller_id="callcentre-de",
                system="recordings",
                found_at=self.clock.now(),
                description=word("description"),
            )
            erasure_id = UUID(reported.resource_id)
            if kind is OwnErasureKind.CHILD_DATA:
                erasures.cancel(erasure_id, self.call(), reason=word("cancellation"))
            else:
                erasures.carry_out(
                    erasure_id,
                    self.call(),
                    deleted_at=None,
                    systems=("recordings",),
                    recipients_told=(),
                    account=word("deletion"),
                    email=word("email"),
                    identifiers=(word("identifier"),),
                )
            self.canary.refused(partial(erasures.cancel, erasure_id, self.call(), reason=word("settled")))
            erasures.open(erasure_id, self.call(), purpose=DisclosurePurpose.ASSESSMENT)
        recorded = disclosures.record_request(
            self.call(),
            controller_id="callcentre-de",
            authority="Staatsanwaltschaft Berlin",
            country="DE",
            received_at=self.clock.now(),
            channel=Channel.POST,
            text=word("authority-letter"),
            reference=word("file-number"),
        )
        disclosure_id = UUID(recorded.resource_id)
        review: dict[str, Any] = {"provision": "§ 95 StPO", "agreement": "", "extent": ("recording",)}
        for who in (self.ann, self.bob):
            decide = partial(
                disclosures.review,
                disclosure_id,
                self.call(who=who),
                finding=DisclosureFinding.DISCLOSE,
                reasons=word("review"),
                **review,
            )
            if who is self.ann:  # who recorded it
                self.canary.refused(decide)
            else:
                decide()
        disclosures.give(
            disclosure_id,
            self.call(),
            given_at=None,
            channel=Channel.IN_PERSON,
            systems=("recordings",),
            categories=("recording",),
            content=word("given"),
            contact=word("inspector"),
        )
        disclosures.open(disclosure_id, self.call(), purpose=DisclosurePurpose.ASSESSMENT)
        self.complaint()

    def complaint(self) -> None:
        matters, word = self.desk.matters, self.canary
        opened = matters.open_complaint(
            self.call(),
            controller_id="callcentre-de",
            channel=Channel.POST,
            received_at=self.clock.now(),
            language="en",
            sender=word("complainant"),
            content=word("complaint"),
        )
        matter_id, told = UUID(opened.resource_id), dict[str, Any](channel=Channel.EMAIL)
        matters.tell_progress(matter_id, self.call(), progress=word("progress"), **told)
        matters.answer(matter_id, self.call(), reasons=word("reasons"), remedies=word("remedies"), **told)
        self.canary.refused(partial(matters.tell_progress, matter_id, self.call(), progress=word("late"), **told))
        matters.open(matter_id, self.call(), purpose=DisclosurePurpose.COMPLAINT)
        self.incident()

    def incident(self) -> None:
        matters, word, told = self.desk.matters, self.canary, dict[str, Any](channel=Channel.EMAIL)
        for risk in (IncidentRisk.UNLIKELY, IncidentRisk.HIGH):
            opened = matters.open_incident(
                self.call(),
                controllers=("callcentre-de",),
                channel=Channel.EMAIL,
                certain_at=self.clock.now(),
                content=word("incident"),
                sender=word("reporter"),
            )
            matter_id = UUID(opened.resource_id)
            matters.assess_risk(matter_id, self.call(), risk=risk, reasons=word("risk"))
            if risk is IncidentRisk.UNLIKELY:
                matters.omit_notification(matter_id, self.call(), reasons=word("omission"))
                continue
            matters.notify_authority(
                matter_id,
                self.call(),
                authority="de-berlin",
                content=word("notification"),
                late_reasons=word("lateness"),
                **told,
            )
            matters.tell_people(matter_id, self.call(), content=word("people"), **told)
            matters.except_people(
                matter_id, self.call(), exception=TellingException.RISK_REMOVED, reasons=word("exception")
            )
        opened = matters.open_incident(
            self.call(),
            controllers=("callcentre-de",),
            channel=Channel.EMAIL,
            certain_at=self.clock.now(),
            content=word("incident of another"),
            processor_for="mail-order",
        )
        matters.tell_controller(UUID(opened.resource_id), self.call(), content=word("controller"), **told)
        opened = matters.open_letter(
            self.call(),
            controller_id="callcentre-de",
            kind=MatterKind.INQUIRY,
            authority="Die Berliner Beauftragte",
            due_on=self.clock.now().date(),
            received_at=self.clock.now(),
            language="de",
            content=word("inquiry"),
            file_number=word("number of inquiry"),
            **told,
        )
        moved: dict[str, Any] = {"due_on": self.clock.now().date(), "received_at": self.clock.now()}
        matters.move_date(UUID(opened.resource_id), self.call(), content=word("new date"), **moved, **told)

    def staff(self) -> None:
        staff, word = self.desk.staff, self.canary
        staff.enrol(
            Call(part("test")),
            identifier="carla",
            roles=(Role.HANDLER,),
            controllers=("*",),
            confidentiality_signed_on=date(2026, 1, 2),
            training=Training("gdpr-basics", date(2026, 1, 2)),
        )
        self.desk.work_addresses.give("carla", self.call(), email=f"{self._bare('work')}@staff.example")
        staff.authenticate(word.secret(staff.secret(staff.issue_token("carla", Call(part("test"))))))
        self.canary.refused(lambda: staff.authenticate(word("token")))


def written(service: Service) -> Iterator[tuple[str, bytes]]:
    """Everything that the service wrote, piece by piece, with the place where it stands."""
    for database, tables in (
        (service.database, metadata.main.sorted_tables),
        (service.keys_database, metadata.keys.sorted_tables),
    ):
        with database.reading() as connection:
            for table in tables:
                for row in connection.execute(sa.select(table)).mappings():
                    for column, value in row.items():
                        raw = value if isinstance(value, bytes) else str(value).encode()
                        yield f"{table.name}.{column}", raw
    for file in service.settings.home.rglob("*"):
        if file.is_file():
            yield f"file {file.relative_to(service.settings.home)}", file.read_bytes()
            yield "file name", str(file).encode()


def sentences(errors: list[BaseException]) -> Iterator[tuple[str, bytes]]:
    """Errors with their causes, as anybody could print them."""
    for error in errors:
        seen: BaseException | None = error
        while seen is not None:
            facts = getattr(seen, "facts", "")
            yield f"error {type(seen).__name__}", f"{seen} {seen!r} {seen.args} {facts}".encode()
            seen = seen.__cause__ or seen.__context__


def test_no_personal_data_and_no_secret_stands_outside_a_seal(
    service: Service, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    caplog.set_level(logging.DEBUG)
    for name in ("sqlalchemy.engine", "sqlalchemy.pool", "dsr", "alembic"):
        caplog.set_level(logging.DEBUG, logger=name)
    journey = Journey(service, clock)
    # when
    journey.go()
    # then
    names = {each.name for each in service.log.read()}
    assert len(names) > 40, "the journey leads through nearly every event"
    forms = journey.canary.forms()
    logged = [("log", f"{each.getMessage()} {each.args} {each.exc_info}".encode()) for each in caplog.records]
    assert logged, "statements were logged, without their parameters"
    texts: dict[str, bytearray] = defaultdict(bytearray)
    for place, text in (*written(service), *logged, *sentences(journey.canary.errors)):
        texts[place] += text + b"\n"
    found = {(place, word) for place, text in texts.items() for form, word in forms.items() if form in text}
    left = {(place, word) for place, word in found if place.startswith("file outgoing/new/")}
    assert found - left == set()
    assert {word for _, word in left} == set(journey.mailed), "a mail that left names its receiver and their code"


def test_a_canary_that_leaked_would_be_found(service: Service) -> None:
    """The search itself: each form, in a column and in a file."""
    canary = Canaries()
    canary("leak")
    word = canary.words[0].encode()
    for form in (word, word.hex().encode(), base64.b64encode(b"x" + word + b"y"), base64.b64encode(b"xy" + word)):
        (service.settings.home / "leak").write_bytes(b"before " + form + b" after")
        hits = [place for place, text in written(service) if any(each in text for each in canary.forms())]
        assert hits == ["file leak"], form
    assert Path(service.settings.home / "leak").exists()
