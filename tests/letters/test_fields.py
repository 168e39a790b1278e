"""The fields of a letter: sealed as JSON, and read again as they were."""

import json

import msgspec
import pytest

from dsr.domain.request.letters import LetterKind
from dsr.letters import LANGUAGES
from dsr.letters.fields import from_json, to_json
from dsr.letters.samples import sample_letters


@pytest.mark.parametrize("kind", LetterKind)
def test_fields_are_read_again_as_they_were_sealed(kind: LetterKind) -> None:
    for fields in sample_letters(kind, LANGUAGES[0]):
        again = from_json(json.loads(json.dumps(to_json(fields))))
        assert again == fields
        assert again.statements == dict(fields.statements)


def test_what_no_letter_is_made_of_is_not_read_and_its_words_are_not_quoted() -> None:
    plain = to_json(sample_letters(LetterKind.FEE, "de")[0]) | {
        "statements": {"facts": {"says": "text", "text": ["Ada was here"]}}
    }
    with pytest.raises(msgspec.ValidationError) as refused:
        from_json(plain)
    assert "Ada" not in str(refused.value)
