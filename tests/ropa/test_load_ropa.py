"""Loading a record of processing: what is read, and how every problem is reported at once with its line."""

import hashlib
from pathlib import Path

import pytest

from dsr.domain.ropa import LegalBasis, RopaInvalid, RopaProblem, SystemField, Wording
from dsr.ropa import load
from dsr.ropa.positions import MAX_BYTES, MAX_DEPTH

Place = tuple[str, str, int | None, int | None]


def refused(text: str | bytes) -> tuple[RopaProblem, ...]:
    with pytest.raises(RopaInvalid) as caught:
        load(text if isinstance(text, bytes) else text.encode())
    return caught.value.problems


def places(text: str | bytes) -> list[Place]:
    return [(problem.code, problem.pointer, problem.line, problem.column) for problem in refused(text)]


CHILD_AGE = "    child_age: 13\n"
ADDED = "/controllers/0/calendar/add/0"
OWN = "    calendar: {add: [{day: "


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, "the change must hit one place"
    return text.replace(old, new)


def test_a_file_becomes_the_document_of_the_domain(small: str) -> None:
    document = load(small.encode()).document

    assert document.controllers[0].mailboxes == ("privacy@callcentre.example",)
    assert document.activities[0].legal_basis is LegalBasis.CONSENT
    assert document.activities[0].data[0].special is False
    assert document.activities[0].automated is True
    assert document.calendar_places() == (("NO", "Europe/Oslo"),)


def test_norway_and_dates_and_codes_stay_text(small: str) -> None:
    document = load(small.encode()).document

    assert document.controllers[0].country == "NO"
    assert document.controllers[0].languages == ("no", "en")
    assert document.controllers[0].address == ("Eksempelveien 1", "0150 Oslo")
    assert document.label == "2026-01-31"


def test_a_whole_number_is_read_where_one_is_asked_for_and_nowhere_else(small: str) -> None:
    document = load(changed(small, "label: 2026-01-31", "label: 2026").encode()).document

    assert (document.controllers[0].child_age, document.children_under) == (13, 16)
    assert document.label == "2026"


def test_the_hash_is_that_of_the_exact_bytes_of_the_file(small: str, tmp_path: Path) -> None:
    file = tmp_path / "ropa.yaml"
    file.write_bytes(small.encode())
    with_comment = small.encode() + b"# a remark\n"

    assert load(file).sha256 == hashlib.sha256(small.encode()).hexdigest() == load(small.encode()).sha256
    assert load(with_comment).sha256 == hashlib.sha256(with_comment).hexdigest() != load(file).sha256
    assert load(with_comment).document == load(file).document


def test_a_byte_order_mark_and_windows_line_ends_are_read(small: str) -> None:
    windows = b"\xef\xbb\xbf" + small.replace("\n", "\r\n").encode()

    assert load(windows).document == load(small.encode()).document


def test_a_controller_names_days_of_its_own_with_their_source(small: str) -> None:
    own = "    calendar: {add: [{day: 2026-05-05, source: Act 1}], remove: [{day: 2026-12-24, source: Act 2}]}\n"
    [controller] = load(changed(small, CHILD_AGE, CHILD_AGE + own).encode()).document.controllers
    assert [(each.day, each.source) for each in controller.calendar.add] == [("2026-05-05", "Act 1")]
    assert [each.day for each in controller.calendar.remove] == ["2026-12-24"]


def test_a_day_that_there_is_not_or_that_comes_and_goes_is_a_problem(small: str) -> None:
    added = "[{day: 2026-02-30, source: A}, {day: 2026-05-05, source: A}]"
    own = f"    calendar: {{add: {added}, remove: [{{day: 2026-05-05, source: A}}]}}\n"
    found = places(changed(small, CHILD_AGE, CHILD_AGE + own))
    assert [(code, pointer) for code, pointer, *_ in found] == [
        ("day-unknown", "/controllers/0/calendar/add/0/day"),
        ("day-added-and-removed", "/controllers/0/calendar/add/1/day"),
    ]


def test_every_problem_of_the_file_is_reported_at_once_in_the_order_of_its_lines(small: str) -> None:
    broken = changed(small, "country: NO", "country: Norway")
    broken = changed(broken, "zone: Europe/Oslo", "zone: Europe/Bergen")
    broken = changed(broken, "    kind: telephony-recordings\n", "    kind: telephony-recordings\n    colour: red\n")
    broken = changed(broken, "controllers: [callcentre-no]", "controllers: [callcentre-no, callcentre-se]")
    broken = changed(broken, "    purpose: To train staff.\n", "    purpose: To train staff.\n    purpose: To sell.\n")
    broken = changed(broken, "period: P30D", "period: 30 days")

    assert places(broken) == [
        # outside its regime, since "Norway" is no country code
        ("receiver-missing", "/controllers/0", 5, 5),
        ("value-malformed", "/controllers/0/country", 7, 5),
        ("zone-unknown", "/controllers/0/zone", 8, 5),
        ("field-unknown", "/systems/0/colour", 21, 5),
        ("joint-arrangement-missing", "/activities/0/controllers", 26, 5),
        ("controller-unknown", "/activities/0/controllers/1", 26, 34),
        ("key-repeated", "/activities/0/purpose", 28, 5),
        ("retention-unreadable", "/activities/0/retention/period", 36, 17),
    ]


def test_a_controller_says_how_long_it_keeps_its_own_files(small: str) -> None:
    [controller] = load(small.encode()).document.controllers
    assert controller.retention.case_files == controller.retention.quarantine == "P3Y"
    stated = changed(small, CHILD_AGE, CHILD_AGE + "    retention: {case_files: P1Y}\n")
    [controller] = load(stated.encode()).document.controllers
    assert (controller.retention.case_files, controller.retention.quarantine) == ("P1Y", "P3Y")
    assert places(changed(stated, "P1Y", "a year")) == [
        ("retention-unreadable", "/controllers/0/retention/case_files", 17, 17)
    ]


def test_every_problem_is_a_sentence_that_says_what_to_do(small: str) -> None:
    missing, *_ = refused(changed(small, "    regime: eu-gdpr\n", ""))

    assert missing.detail == (
        "The field regime is missing. The rules on deadlines it answers under: eu-gdpr or uk-gdpr."
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    regime: eu-gdpr\n", "", ("field-missing", "/controllers/0", 5, 5)),
        ("    regime: eu-gdpr\n", "    regime:\n", ("type-wrong", "/controllers/0/regime", 9, 5)),
        ("name: Callcentre Norge\n", "name: ''\n", ("value-empty", "/name", 1, 1)),
        ("    subjects: [customers]", "    subjects: []", ("value-empty", "/activities/0/subjects", 28, 5)),
        ("    languages: [no, en]", "    languages: [no, no]", ("value-repeated", "/controllers/0/languages", 14, 5)),
        ("    languages: [no, en]", "    languages: en", ("type-wrong", "/controllers/0/languages", 14, 5)),
        (
            "    languages: [no, en]",
            "    languages: [no, eng]",
            ("value-malformed", "/controllers/0/languages/1", 14, 21),
        ),
        ("legal_basis: consent", "legal_basis: because", ("value-unknown", "/activities/0/legal_basis", 27, 5)),
        ("special: false", "special: no", ("type-wrong", "/activities/0/data/0/special", 33, 9)),
        ("label: 2026-01-31", "label: " + "x" * 61, ("value-too-long", "/label", 2, 1)),
        ("privacy@callcentre.example", "the office", ("value-malformed", "/controllers/0/mailboxes/0", 15, 17)),
        ("- id: recordings", "- id: Recordings", ("value-malformed", "/systems/0/id", 18, 5)),
        ("label: 2026-01-31", 'label: "2026\\n"', ("value-malformed", "/label", 2, 1)),
        ("country: NO", 'country: "NO\\n"', ("value-malformed", "/controllers/0/country", 7, 5)),
        (
            "[privacy@callcentre.example]",
            '["a@b.cd\\n"]',
            ("value-malformed", "/controllers/0/mailboxes/0", 15, 17),
        ),
        ("label: 2026-01-31", "contact_person: x", ("field-unknown", "/contact_person", 2, 1)),
        ("    child_age: 13\n", "", ("field-missing", "/controllers/0", 5, 5)),
        ("child_age: 13", "child_age: thirteen", ("type-wrong", "/controllers/0/child_age", 16, 5)),
        ("child_age: 13", 'child_age: "13"', ("type-wrong", "/controllers/0/child_age", 16, 5)),
        ("child_age: 13", "child_age: 13.0", ("type-wrong", "/controllers/0/child_age", 16, 5)),
        ("child_age: 13", "child_age: true", ("type-wrong", "/controllers/0/child_age", 16, 5)),
        ("notice:\n  children_under: 16\n", "", ("field-missing", "", 1, 1)),
        (CHILD_AGE, f"{CHILD_AGE}{OWN}5 May, source: A}}]}}\n", ("value-malformed", f"{ADDED}/day", 17, 23)),
        (CHILD_AGE, f"{CHILD_AGE}{OWN}2026-05-05}}]}}\n", ("field-missing", ADDED, 17, 22)),
    ],
)
def test_what_the_schema_finds_stands_with_its_line(small: str, old: str, new: str, expected: Place) -> None:
    assert expected in places(changed(small, old, new))


def test_the_rules_on_meaning_carry_the_line_too(small: str) -> None:
    silent = changed(small, "legal_basis: consent", "legal_basis: legitimate-interests")

    aged = changed(changed(small, "child_age: 13", "child_age: 12"), "children_under: 16", "children_under: 12")

    assert places(aged) == [
        ("child-age-unlawful", "/controllers/0/child_age", 16, 5),
        ("children-under-unfit", "/notice/children_under", 37, 3),
    ]
    assert places(silent) == [("interests-missing", "/activities/0", 23, 5)]


def test_what_an_alias_repeats_is_reported_where_it_is_used(small: str) -> None:
    aliased = changed(small, "controllers: [callcentre-no]", "controllers: &all [callcentre-no]")
    aliased = changed(aliased, "subjects: [customers]", "subjects: *all")

    assert load(aliased.encode()).document.activities[0].subjects == ("callcentre-no",)
    twice = changed(aliased, "    systems: [recordings]\n", "    systems: *all\n")
    assert places(twice) == [("system-unknown", "/activities/0/systems/0", 25, 24)]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "file-empty", 1),
        (b"# only a remark\n", "file-empty", 1),
        (b"name: x\nlabel: [a, b\n", "yaml-broken", 3),
        (b"name: x\n\tlabel: y\n", "yaml-broken", 2),
        (b"name: x\nlabel: *nowhere\n", "yaml-broken", 2),
        (b"name: x\n---\nname: y\n", "yaml-broken", 2),
        (b"name: x\nlabel: \x01\n", "yaml-broken", 2),
        (b"name: x\nlabel: \xff\xfe\n", "encoding-wrong", 2),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(content: bytes, code: str, line: int) -> None:
    (problem,) = refused(content)

    assert (problem.code, problem.line) == (code, line)


@pytest.mark.parametrize("content", [b"hello", b"- a\n- b\n", b"true"])
def test_a_document_that_is_no_mapping_is_refused(content: bytes) -> None:
    assert [problem.code for problem in refused(content)] == ["type-wrong"]


def test_tags_construct_nothing(small: str, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    evil = changed(small, "label: 2026-01-31", f"label: !!python/object/apply:pathlib.Path.touch [{mark}]")

    assert ("tag-refused", "/label", 2, 8) in places(evil)
    assert not mark.exists()


@pytest.mark.parametrize("tagged", ["!!int 3", "!colour red", "!!binary aGk="])
def test_a_tag_is_reported_once_even_where_the_value_would_do(small: str, tagged: str) -> None:
    assert places(changed(small, "label: 2026-01-31", f"label: {tagged}")) == [("tag-refused", "/label", 2, 8)]


def test_a_tag_turns_no_other_word_into_false(small: str) -> None:
    assert places(changed(small, "special: false", "special: !!bool yes")) == [
        ("type-wrong", "/activities/0/data/0/special", 33, 9)
    ]


def test_merge_keys_are_no_way_around_the_schema(small: str) -> None:
    merged = changed(small, "label: 2026-01-31", "<<: {label: x}")

    assert places(merged) == [("field-unknown", "/<<", 2, 1)]


def test_keys_are_texts(small: str) -> None:
    assert ("key-unreadable", "", 2, 3) in places(changed(small, "label: 2026-01-31", "? [a, b]\n: x"))


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "ropa.yaml"
    file.write_bytes(b"# " + b"x" * MAX_BYTES)

    with pytest.raises(RopaInvalid) as caught:
        load(file)

    assert [problem.code for problem in caught.value.problems] == ["file-too-large"]


def test_nesting_beyond_the_limit_is_refused() -> None:
    assert [problem.code for problem in refused("[" * 100_000)] == ["yaml-broken"]
    assert [problem.code for problem in refused("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH)] == ["yaml-broken"]


def test_aliases_do_not_unfold_without_bounds() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    assert [problem.code for problem in refused("\n".join(lines))] == ["aliases-unbounded"]


def test_an_alias_inside_its_own_anchor_is_refused() -> None:
    assert [problem.code for problem in refused("a: &a\n  b: *a\n")] == ["aliases-unbounded"]


def in_languages(text: str, **others: str) -> str:
    return "{" + ", ".join(f"{code}: {said}" for code, said in {"en": text, **others}.items()) + "}"


IN_ENGLISH = ("label: 2026-01-31", "language: en")
PURPOSE = "To train staff."


def test_a_text_may_be_given_in_several_languages(small: str) -> None:
    # given
    purpose = in_languages(PURPOSE, no="Å lære opp ansatte.", de="Schulung des Personals.")
    translated = changed(changed(small, *IN_ENGLISH), PURPOSE, purpose)
    # when
    document = load(translated.encode()).document
    # then
    assert document.activities[0].purpose == PURPOSE, "in the language of the record"
    assert document.wording(PURPOSE, "de") == Wording("de", "Schulung des Personals.")
    assert document.wording(PURPOSE, "fr") == Wording("en", PURPOSE), "a language that it lacks gets English"
    assert document.wording("Recordings", "de") == Wording("en", "Recordings")


def test_a_plain_text_is_in_the_language_of_the_record(small: str) -> None:
    norwegian = load(changed(small, "label: 2026-01-31", "language: no").encode()).document
    unstated = load(small.encode()).document
    assert norwegian.wording(PURPOSE, "de") == Wording("no", PURPOSE)
    assert unstated.wording(PURPOSE, "de") == Wording("", PURPOSE)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("{de: Schulung.}", ("own-language-missing", "/activities/0/purpose", 26, 5)),
        ("{en: To train staff., german: Schulung.}", ("value-malformed", "/activities/0/purpose", 26, 5)),
        ("{en: To train staff., de: ''}", ("value-empty", "/activities/0/purpose/de", 26, 36)),
        ("{}", ("value-empty", "/activities/0/purpose", 26, 5)),
        ("[To train staff.]", ("type-wrong", "/activities/0/purpose", 26, 5)),
    ],
)
def test_what_is_wrong_with_texts_in_several_languages_stands_with_its_line(
    small: str, said: str, expected: Place
) -> None:
    assert expected in places(changed(changed(small, *IN_ENGLISH), PURPOSE, said))


def test_a_record_with_texts_in_several_languages_states_its_own(small: str) -> None:
    said = changed(small, PURPOSE, in_languages(PURPOSE, de="Schulung."))
    assert ("language-missing", "/activities/0/purpose", 26, 5) in places(said)


def test_the_same_text_has_one_translation_in_each_language(small: str) -> None:
    said = changed(changed(small, *IN_ENGLISH), PURPOSE, in_languages("Recordings", de="Aufnahmen"))
    said = changed(said, "    name: Recordings\n", "    name: {en: Recordings, de: Aufzeichnungen}\n")
    assert ("translation-ambiguous", "/activities/0/purpose/de", 26, 31) in places(said)


def test_a_system_has_a_data_dictionary(small: str) -> None:
    field = "{name: seconds, meaning: {en: Length, de: Dauer}, provenance: observed, unit: s, term: https://schema.org/duration}"
    said = changed(
        changed(small, *IN_ENGLISH),
        "    operator: callcentre-no\n",
        f"    operator: callcentre-no\n    fields: [{field}]\n",
    )
    document = load(said.encode()).document
    assert document.systems[0].fields == (
        SystemField("seconds", "Length", "observed", unit="s", term="https://schema.org/duration"),
    )
    assert document.wording("Length", "de").text == "Dauer"
