"""Sample fields of every kind of letter, with invented content, for trying templates out."""

from datetime import date
from typing import Final

from msgspec.structs import replace

from dsr.domain.request.kept import KeptGround
from dsr.domain.request.letters import ANSWER_OF, LetterKind
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.standing import CostKind, CostLine
from dsr.domain.request.values import IdentityMethod
from dsr.domain.rights import Right
from dsr.domain.ropa import Authority
from dsr.letters.fields import (
    CalendarDate,
    ClockEffect,
    Coded,
    ComplaintTo,
    Costs,
    Count,
    Entry,
    FreeText,
    KeptData,
    KeptEntry,
    LetterFields,
    Methods,
    Money,
    Nothing,
    Package,
    Processed,
    RefusedItem,
    Searched,
    SearchEntry,
    Sender,
    Statement,
    Things,
)

_AUTHORITY: Final = ComplaintTo(
    Authority(
        id="xx-sample",
        country="FR",
        name="Sample & Authority",
        name_en="Sample Authority in English",
        address=("Sample Street 1", "00000 Sampleton", "France"),
        phone="+33 1 00 00 00 00",
        web="https://authority.example/",
        languages=("en",),
        email="complaints@authority.example",
    )
)


def _text(of: str) -> FreeText:
    return FreeText(f"Sample text about {of} <{of}>.\n\nIts second paragraph.")


def _things(of: str) -> Things:
    return Things((Entry(f"Sample {of} A", _text(of)), Entry(f"Sample {of} B", on=date(2026, 3, 9))))


_SEARCHED: Final = Searched(
    systems=(
        SearchEntry("Sample system A", SearchResult.FOUND, on=date(2026, 3, 9)),
        SearchEntry("Sample system B", SearchResult.NOTHING, on=date(2026, 3, 10)),
        SearchEntry("Sample system C", SearchResult.LEFT_OUT, on=date(2026, 3, 10), reason=_text("left-out")),
        SearchEntry("", SearchResult.LEFT_OUT),
    ),
    groups_not_searched=("sample-group",),
    copy_is_whole=False,
)
_NONE_FOUND: Final = Searched(
    (SearchEntry("Sample system A", SearchResult.NOTHING, on=date(2026, 3, 9)),), is_whole=True
)

_PROVING: Final[dict[str, Statement]] = {
    "minimum-asked": Methods((IdentityMethod.KNOWN_FACTS,), _text("minimum-asked")),
    "alternatives": Methods((IdentityMethod.CALL_BACK, IdentityMethod.IN_PERSON)),
    "without-answer": CalendarDate(date(2026, 4, 2)),
}

_KEPT: Final = KeptData(
    (
        KeptEntry(KeptGround.REFUSED_PART, "Sample field", extent="Sample field"),
        KeptEntry(KeptGround.HOLD, "Sample held"),
        KeptEntry(KeptGround.RESTRICTED, "Sample restricted"),
        KeptEntry(
            KeptGround.OTHER_ACTIVITY,
            "Sample orders",
            activity="sample-orders",
            purpose="Sample purpose",
            provision="GDPR Art. 6(1)(b)",
        ),
        KeptEntry(KeptGround.NOT_ASKED, "Sample unasked"),
        KeptEntry(KeptGround.BACKUP_UNTIL, "Sample backup", until=date(2026, 4, 30)),
        KeptEntry(KeptGround.SUPPRESSION_ENTRY),
        KeptEntry(KeptGround.CASE_FILE),
    )
)

_EFFECT: Final[dict[str, Statement]] = {
    "what-was-done": _text("what-was-done"),
    "where": _things("system"),
    "when": CalendarDate(date(2026, 3, 20)),
    "kept-and-why": _KEPT,
    "recipients-told": _things("recipient"),
}

SAMPLE_STATEMENTS: Final[dict[LetterKind, dict[str, Statement]]] = {
    LetterKind.ACKNOWLEDGEMENT: {},
    LetterKind.IDENTITY_QUESTION: {
        "doubt": _text("doubt"),
        "effect-on-clock": ClockEffect(stands_still=True),
        **_PROVING,
    },
    LetterKind.CLARIFICATION: {"why": _text("why"), "question": _text("question")},
    LetterKind.EXTENSION: {
        "ground": Coded("complexity"),
        "reasons": _text("reasons"),
        "new-date": CalendarDate(date(2026, 6, 10)),
    },
    LetterKind.FEE: {
        "ground": Coded("further-copy"),
        "facts": _text("facts"),
        "amount": Money(1234, "EUR"),
        "cost-basis": Costs((CostLine(CostKind.COPYING, 1000), CostLine(CostKind.POSTAGE, 234)), "EUR"),
        "offer-ends": CalendarDate(date(2026, 3, 27)),
        "authority": _AUTHORITY,
    },
    LetterKind.LIFTING: {
        "what-is-lifted": _things("activity"),
        "when": CalendarDate(date(2026, 3, 21)),
        "why": _text("why"),
    },
    LetterKind.REFUSAL: {"authority": _AUTHORITY},
    LetterKind.ENDING: {"ending": Coded("moot"), "why": _text("why"), "authority": _AUTHORITY},
    LetterKind.ACCESS: {
        "processed-or-not": Processed(yes=True),
        "copy": Package("https://privacy.example/x#sample", date(2026, 4, 19)),
        "purposes": _things("purpose"),
        "categories": _things("category"),
        "recipients": _things("recipient"),
        "retention": _things("period"),
        "source": Nothing(),
        "automated-decisions": Nothing(),
        "transfer-safeguards": _things("safeguard"),
        "complaint": _AUTHORITY,
        "searched": _SEARCHED,
    },
    LetterKind.RECTIFICATION: {**_EFFECT, "searched": _SEARCHED},
    LetterKind.ERASURE: {**_EFFECT, "searched": _SEARCHED},
    LetterKind.RESTRICTION: _EFFECT,
    LetterKind.OBJECTION: _EFFECT,
    LetterKind.CONSENT_WITHDRAWAL: {**_EFFECT, "kept-and-why": Nothing(), "recipients-told": Nothing()},
    LetterKind.PORTABILITY: {"export": Package(), "direct-transfer": Nothing(), "searched": _SEARCHED},
    LetterKind.AUTOMATED_DECISION: {
        "decision-or-none": _text("decision-or-none"),
        "reviewer": _text("reviewer"),
        "result": _text("result"),
    },
    LetterKind.INFORMATION: {"information": _text("information")},
    LetterKind.REMINDER: {"asked-on": CalendarDate(date(2026, 3, 11)), **_PROVING},
    LetterKind.CONTRACT_CLAUSES: {"clauses": _things("clause"), "redaction-summary": _text("redaction-summary")},
    LetterKind.QUESTION: {"question": _text("question")},
    LetterKind.QUESTION_REMINDER: {"asked-on": CalendarDate(date(2026, 3, 11)), "question": _text("question")},
    LetterKind.REPLY: {"reply": _text("reply")},
    LetterKind.FORWARDING: {"forwarded-to": _text("forwarded-to"), "forwarded-on": CalendarDate(date(2026, 3, 9))},
    LetterKind.DISMISSAL: {"reasons": _text("reasons"), "authority": _AUTHORITY},
    LetterKind.PASSING_ON: {"asked-by": _text("asked-by"), "request-text": _text("request-text")},
    LetterKind.RECIPIENT_NOTICE: {
        "identifier": _text("identifier"),
        "operation": Coded("erasure"),
        "affected": _things("affected"),
        "not-affected": _things("not-affected"),
        "operation-date": CalendarDate(date(2026, 3, 20)),
    },
    LetterKind.RECIPIENT_LIFTING: {
        "identifier": _text("identifier"),
        "what-is-lifted": _things("what-is-lifted"),
        "operation-date": CalendarDate(date(2026, 3, 20)),
    },
    LetterKind.PASSWORD: {
        "password": FreeText("SMPL-2345", english="SMPL-2345"),
        "link-ends": CalendarDate(date(2026, 4, 19)),
    },
    LetterKind.STAFF_WARNING: {"warning": Coded("deadline-approaching"), "working-days": Count(5)},
}


_REFUSED: Final = RefusedItem(
    Right.ERASURE, "GDPR Art. 17(3)(e); § 147 AO", _text("reasons"), _text("facts"), ("Sample field",)
)


def sample_letters(kind: LetterKind, language: str) -> tuple[LetterFields, ...]:
    """All variants of a letter of this kind: an answer can state that nothing was found, or refuse a part."""
    whole = sample_fields(kind, language)
    if kind not in ANSWER_OF.values():
        return (whole,)
    nothing_held = {"processed-or-not": Processed(yes=False), "complaint": _AUTHORITY, "searched": _NONE_FOUND}
    in_part = {**whole.statements, "authority": _AUTHORITY}
    return (
        whole,
        replace(whole, statements=nothing_held),
        replace(whole, statements=in_part, refused=(_REFUSED,)),
    )


def sample_fields(kind: LetterKind, language: str) -> LetterFields:
    """A complete letter."""
    return LetterFields(
        kind=kind,
        language=language,
        reference="DSR-7KQ4-M2XN",
        written_on=date(2026, 3, 20),
        sender=Sender(
            name="Sample Controller & Sons",
            mailbox="privacy@controller.example",
            country="FR",
            address=("Sample Road 2", "11111 Sampletown"),
        ),
        addressee="Sam O'Sample",
        postal_address=("Sample Lane 3", "22222 Samplefield", "France"),
        received_on=date(2026, 3, 2),
        due_on=date(2026, 4, 1),
        rights=(Right.ACCESS, Right.ERASURE),
        statements=SAMPLE_STATEMENTS[kind],
        refused=(_REFUSED,) if kind is LetterKind.REFUSAL else (),
    )
