"""Two spellings of one identifier meet; two identifiers never do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.vault import IndexPurpose, normal_form


@pytest.mark.parametrize(
    ("purpose", "spellings"),
    [
        ("email", ["Anna@Example.ORG", " anna@example.org ", "anna@example.org.", "ａｎｎａ@example.org"]),
        ("email", ["post@Bücher.example", "post@bücher.example", "post@xn--bcher-kva.example"]),
        ("email", ["straße@example.org", "STRASSE@example.org"]),
        ("phone", ["+49 (0)30 1234-567", "0049 30 1234567", "+49.30.1234567", "４９ 30 1234567"]),
        ("phone", ["٠٣٠ ١٢٣", "030123"]),
        ("name", ["Müller, Anna", "anna MÜLLER", "Anna  Mu\u0308ller", "Anna Muller", "Anna-Müller"]),
        ("name", ["O'Brien Seán", "Seán O'Brien", "o’brien sean"]),
        ("identifier", ["KD-0042 17", "kd004217", "KD 0042/17"]),
    ],
)
def test_spellings_of_one_identifier_meet(purpose: str, spellings: list[str]) -> None:
    assert len({normal_form(IndexPurpose(purpose), spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("purpose", "one", "other"),
    [
        ("email", "anna@example.org", "anna@example.com"),
        ("email", "anna.b@example.org", "annab@example.org"),
        ("email", "anna+x@example.org", "anna@example.org"),
        ("email", "ánna@example.org", "anna@example.org"),
        ("phone", "030 1234567", "+49 30 1234567"),
        ("name", "Anna Müller", "Anna Mühler"),
        ("identifier", "0042", "42"),
    ],
)
def test_what_may_be_another_person_stays_apart(purpose: str, one: str, other: str) -> None:
    assert normal_form(IndexPurpose(purpose), one) != normal_form(IndexPurpose(purpose), other)


@pytest.mark.parametrize("purpose", list(IndexPurpose))
def test_what_identifies_nobody_has_no_form(purpose: IndexPurpose) -> None:
    assert normal_form(purpose, " \t\n") == ""


@given(purpose=st.sampled_from([p for p in IndexPurpose if p is not IndexPurpose.PHONE]), value=st.text(max_size=60))
def test_a_normal_form_is_its_own(purpose: IndexPurpose, value: str) -> None:
    form = normal_form(purpose, value)
    assert normal_form(purpose, form) == form


@given(purpose=st.sampled_from(list(IndexPurpose)), value=st.text())
def test_no_text_is_too_strange(purpose: IndexPurpose, value: str) -> None:
    normal_form(purpose, value).encode()
