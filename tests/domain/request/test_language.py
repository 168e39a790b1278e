"""correct the language (GDPR Art. 12(1))."""

from dsr.domain.request.language import LanguageUnchanged
from dsr.domain.rights import Right
from tests.domain.request.a_case import OpenCase


def test_letters_are_in_the_corrected_language_from_then_on(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, language="de")
    case.correct_language(language="ja")
    assert case.happened() == ["language-corrected"]
    assert case.request.language == "ja"


def test_the_language_of_a_closed_case_is_corrected_too(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, language="de")
    case.withdraw()
    case.correct_language(language="pl")
    assert case.request.is_closed
    assert case.request.language == "pl"


def test_a_language_that_is_on_record_is_not_corrected(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS, language="de")
    with case.refuses(LanguageUnchanged):
        case.correct_language(language="de")
