"""What each letter must say (docs/law §5)."""

from typing import Any

import pytest

from dsr.domain.request.errors import LetterIncomplete
from dsr.domain.request.letters import ANSWER_OF, REQUIRED_STATEMENTS, LetterKind, check_complete, is_blank
from dsr.domain.rights import Right

K = LetterKind
EFFECT = "what-was-done where when kept-and-why recipients-told"
BY_LAW = {
    K.ACKNOWLEDGEMENT: "case-reference arrival-date rights-understood due-date contact",
    K.IDENTITY_QUESTION: "doubt minimum-asked alternatives may-black-out deleted-after-check effect-on-clock "
    "without-answer",
    K.CLARIFICATION: "why full-answer-remains-available",
    K.EXTENSION: "reasons new-date",
    K.FEE: "ground facts amount cost-basis right-to-withdraw authority judicial-remedy",
    K.LIFTING: "what-is-lifted when why",
    K.REFUSAL: "reasons provision facts authority judicial-remedy",
    K.ENDING: "ending why authority judicial-remedy",
    K.ACCESS: "processed-or-not copy purposes categories recipients retention rights complaint source "
    "automated-decisions transfer-safeguards searched",
    K.RECTIFICATION: f"{EFFECT} searched",
    K.ERASURE: f"{EFFECT} searched",
    K.RESTRICTION: EFFECT,
    K.OBJECTION: EFFECT,
    K.CONSENT_WITHDRAWAL: EFFECT,
    K.PORTABILITY: "export schema nothing-erased direct-transfer searched",
    K.AUTOMATED_DECISION: "decision-or-none reviewer result",
    K.INFORMATION: "information",
    K.REMINDER: "asked-on minimum-asked alternatives may-black-out deleted-after-check without-answer",
    K.CONTRACT_CLAUSES: "clauses redaction-summary",
    K.QUESTION: "question",
    K.QUESTION_REMINDER: "asked-on question",
    K.REPLY: "reply",
    K.FORWARDING: "forwarded-to forwarded-on",
    K.DISMISSAL: "reasons authority judicial-remedy",
    K.RECIPIENT_NOTICE: "identifier operation affected operation-date",
    K.PASSING_ON: "asked-by request-text",
    K.RECIPIENT_LIFTING: "identifier what-is-lifted operation-date",
    K.PASSWORD: "password link-ends",
    K.STAFF_WARNING: "case-reference warning due-date",
}


@pytest.mark.parametrize("kind", LetterKind)
def test_each_letter_says_what_the_law_asks(kind: LetterKind) -> None:
    assert REQUIRED_STATEMENTS[kind] == set(BY_LAW[kind].split())


@pytest.mark.parametrize(("kind", "statement"), [(k, s) for k in LetterKind for s in BY_LAW[k].split()])
def test_a_letter_without_one_required_statement_is_incomplete_and_told_which(kind: Any, statement: Any) -> None:
    with pytest.raises(LetterIncomplete) as refused:
        check_complete(kind, REQUIRED_STATEMENTS[kind] - {statement})
    assert refused.value.facts == {"kind": kind.value, "missing": [statement]}


@pytest.mark.parametrize("kind", LetterKind)
def test_a_letter_may_say_more(kind: LetterKind) -> None:
    check_complete(kind, REQUIRED_STATEMENTS[kind] | {"thanks"})


def test_every_right_has_its_letter() -> None:
    assert set(ANSWER_OF) == set(Right)
    assert len(set(ANSWER_OF.values())) == len(Right)


@pytest.mark.parametrize("said", [None, "", " \n", "\u200b", "\u2060\u00a0", "--", [], {}, [" "], {"a": ["\u200b"]}])
def test_what_nobody_can_read_says_nothing(said: Any) -> None:
    assert is_blank(said)


@pytest.mark.parametrize("said", ["x", "§ 7", "да", "是", ["", "x"], {"a": "x"}, False, 0])
def test_a_word_or_a_figure_says_something(said: Any) -> None:
    assert not is_blank(said)
