"""Every sentence of every letter that states a fact is traced to what is on record (docs/law §11, GDPR Art. 5(1)(a)).

`trace.py` has the table. A sentence without a row fails here; so does one that stands although its fact is taken away.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_file
from msgspec.structs import replace

from docs.catalogues import KEYWORDS
from dsr.domain.events import Event, event_types
from dsr.domain.request.errors import LetterIncomplete
from dsr.domain.request.letters import ANSWER_OF, REQUIRED_STATEMENTS, LetterKind
from dsr.letters import Templates, render
from dsr.letters.fields import FROM_HEAD, CalendarDate, ClockEffect, Coded, Count, LetterFields, Nothing, Processed
from dsr.letters.samples import SAMPLE_STATEMENTS, sample_fields, sample_letters
from dsr.letters.sentences import CLOCK, CODED, FIXED, NOTHING, PROCESSED, nothing
from tests.letters.trace import EVERYWHERE, FACTS, PERSON, PLAIN_IN, STANDS_FOR_EVERYBODY, STATEMENTS, Fact

FOLDER = Path(__file__).parents[2] / "dsr" / "letters" / "templates"
TEMPLATES = Templates()


def sentences_of(template: Path) -> set[str]:
    """The English sentences of a template; of a plural, the singular."""
    found = extract_from_file("jinja2", template, KEYWORDS, (), {"trimmed": "true"})
    return {message if isinstance(message, str) else message[0] for _, message, *_ in found}


WRITTEN = {
    (path.name.removesuffix(".html.j2"), sentence)
    for path in sorted(FOLDER.glob("*.j2"))
    for sentence in sentences_of(path)
}


def test_every_sentence_of_every_template_has_a_row() -> None:
    plain = {(template, sentence) for template, told in PLAIN_IN.items() for sentence in told}
    traced = plain | FACTS.keys()
    untraced = {each for each in WRITTEN - traced if each[1] not in EVERYWHERE}
    assert not untraced, f"say in tests/letters/trace.py what bears these out: {sorted(untraced)}"
    assert not traced - WRITTEN, f"no template says this any more: {sorted(traced - WRITTEN)}"
    assert not plain & FACTS.keys(), "a sentence either states a fact or does not"


def test_every_statement_of_every_letter_is_traced() -> None:
    """The sentences of `sentences.py` are values of these statements, so that their rows are those of their codes."""
    made = {code for codes in REQUIRED_STATEMENTS.values() for code in codes}
    made |= {code for given in SAMPLE_STATEMENTS.values() for code in given} | CODED.keys() | NOTHING.keys()
    untraced = made - STATEMENTS.keys() - STANDS_FOR_EVERYBODY - FROM_HEAD - {"provision"}
    assert not untraced, f"say in tests/letters/trace.py what bears these out: {sorted(untraced)}"
    assert FIXED.keys() == STANDS_FOR_EVERYBODY


def test_what_bears_a_sentence_out_is_an_event_that_the_log_knows() -> None:
    known = set(event_types(Event).values())
    record = {event for fact in FACTS.values() for event in fact.record}
    record |= {event for events in STATEMENTS.values() if events is not PERSON for event in events}  # type: ignore[misc]
    assert record <= known
    assert all(fact.record for fact in FACTS.values())


@cache
def samples() -> tuple[LetterFields, ...]:
    """Letters in which every sentence stands somewhere: the samples, and what they leave out."""
    whole = [fields for kind in LetterKind for fields in sample_letters(kind, "en")]
    refusal = sample_fields(LetterKind.REFUSAL, "en")
    [refused] = refusal.refused
    whole += [
        replace(refusal, refused=(replace(refused, extent=()),)),
        replace(refusal, refused=(replace(refused, right=None, extent=()),)),
        replace(sample_fields(LetterKind.ACKNOWLEDGEMENT, "en"), question_waits=True),
        replace(sample_fields(LetterKind.PASSING_ON, "en"), sender_doubtful=True),
        saying(LetterKind.STAFF_WARNING, "working-days", Count(1)),
    ]
    return tuple(whole)


def saying(kind: LetterKind, code: str, value: Any) -> LetterFields:
    fields = sample_fields(kind, "en")
    return replace(fields, statements={**fields.statements, code: value})


def text_of(fields: LetterFields) -> str | None:
    """The English text, without line breaks; None where the letter is not complete, so that it does not leave."""
    try:
        return " ".join(render(fields, TEMPLATES).text.split())
    except LetterIncomplete:
        return None


def stands(sentence: str, text: str | None) -> bool:
    """Whether a text holds the sentence, whatever is filled in."""
    form = ".+?".join(map(re.escape, re.split(r"%\(\w+\)s", sentence)))
    return text is not None and re.search(form, text) is not None


def holding(template: str, sentence: str) -> Iterator[LetterFields]:
    """The samples in which a sentence of a template stands."""
    own = {template} & {kind.value for kind in LetterKind}
    for fields in samples():
        if (not own or fields.kind.value in own) and stands(sentence, text_of(fields)):
            yield fields


OFF: dict[str, Any] = {
    "rights": (),
    "due_on": None,
    "question_waits": False,
    "sender_doubtful": False,
    "reference": "",
    "refused": (),
}
"""Fields that decide whether a sentence stands, and their values where there is nothing to say."""


def gives(fields: LetterFields, fact: str) -> bool:
    """Whether the letter has that statement or field; the same words can stand in another letter for another reason."""
    return not fact or fact in fields.statements or hasattr(fields, fact)


def without(fields: LetterFields, fact: str) -> LetterFields:
    """The letter without a statement, or without what a field holds."""
    if fact in fields.statements:
        return replace(fields, statements={code: said for code, said in fields.statements.items() if code != fact})
    return replace(fields, **{fact: OFF[fact]})


@pytest.mark.parametrize(("named", "fact"), FACTS.items(), ids=lambda each: each[1][:60] if type(each) is tuple else "")
def test_a_sentence_does_not_stand_without_its_fact(named: tuple[str, str], fact: Fact) -> None:
    template, sentence = named
    found = [each for each in holding(template, sentence) if gives(each, fact.decided_by)]
    assert found, f"no sample says: {sentence}"
    for fields in found:
        if fact.decided_by == "received_on":
            moved = replace(fields, received_on=fields.received_on - timedelta(days=3))
            assert text_of(moved) != text_of(fields), "it names the day of arrival on record"
        elif fact.decided_by:
            assert not stands(sentence, text_of(without(fields, fact.decided_by))), sentence
        else:
            assert fact.letter_needs, "say by which code the case refuses the letter without its fact"


@pytest.mark.parametrize(("code", "value"), [(code, value) for code, values in CODED.items() for value in values])
def test_a_coded_sentence_stands_for_its_code_alone(code: str, value: str) -> None:
    kinds = [kind for kind in LetterKind if code in {*REQUIRED_STATEMENTS[kind], *SAMPLE_STATEMENTS[kind]}]
    kind = next(kind for kind in kinds if text_of(saying(kind, code, Coded(value))) is not None)
    said = re.sub(r" \(%\(provision\)s\)", "", CODED[code][value].message).removesuffix(".")
    assert stands(said, text_of(saying(kind, code, Coded(value))))
    for other in CODED[code].keys() - {value}:
        assert not stands(said, text_of(saying(kind, code, Coded(other))))


@pytest.mark.parametrize("code", sorted(NOTHING))
def test_a_sentence_that_there_is_nothing_stands_only_where_there_is_nothing(code: str) -> None:
    kinds = [kind for kind in ANSWER_OF.values() if code in SAMPLE_STATEMENTS[kind]]
    kinds += [kind for kind in LetterKind if code in SAMPLE_STATEMENTS[kind]]
    fields = saying(kinds[0], code, Nothing())
    said = text_of(fields)
    assert said is not None
    assert any(stands(sentence, said) for sentence in _nothing_of(code))
    there_is = {kind: given[code] for kind, given in SAMPLE_STATEMENTS.items() if code in given}
    something = [saying(kind, code, value) for kind, value in there_is.items() if not isinstance(value, Nothing)]
    for each in something:
        assert not any(stands(sentence, text_of(each)) for sentence in _nothing_of(code))


def _nothing_of(code: str) -> set[str]:
    return {nothing(kind, code) for kind in LetterKind}


@pytest.mark.parametrize("stands_still", [True, False])
def test_a_letter_says_of_the_clock_what_the_question_does_to_it(stands_still: bool) -> None:
    text = text_of(saying(LetterKind.IDENTITY_QUESTION, "effect-on-clock", ClockEffect(stands_still)))
    assert [stands(CLOCK[each], text) for each in (True, False)] == [stands_still, not stands_still]


@pytest.mark.parametrize("found", [True, False])
def test_a_letter_says_that_data_is_processed_as_it_was_found(found: bool) -> None:
    whole, nothing_held, _ = sample_letters(LetterKind.ACCESS, "en")
    text = text_of(whole if found else nothing_held)
    assert whole.statements["processed-or-not"] == Processed(yes=True)
    assert [stands(PROCESSED[each], text) for each in (True, False)] == [found, not found]


def test_a_statement_that_is_required_and_has_no_value_keeps_its_letter_back() -> None:
    for kind in LetterKind:
        fields = sample_fields(kind, "en")
        for code in REQUIRED_STATEMENTS[kind] & fields.statements.keys():
            assert text_of(without(fields, code)) is None, (kind, code)


def test_a_day_in_a_letter_is_the_day_on_record() -> None:
    """A statement that is a day says that day and no other."""
    for kind in LetterKind:
        for code, said in SAMPLE_STATEMENTS[kind].items():
            if isinstance(said, CalendarDate):
                moved = saying(kind, code, CalendarDate(said.date + timedelta(days=3)))
                assert text_of(moved) != text_of(sample_fields(kind, "en")), (kind, code)
