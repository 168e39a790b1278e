"""The sample mailbox and the sample data say what the demo tells of them, whatever the rules become."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.values import Provenance
from dsr.exports import described, read_records, require_name
from dsr.mailbox.errors import SenderMissingOrAmbiguous
from dsr.mailbox.language import detect_language
from dsr.mailbox.message import ParsedMessage, parse_message
from dsr.mailbox.own_servers import NO_SERVERS
from dsr.mailbox.quoting import own_words
from dsr.mailbox.rights import suggest_rights
from dsr.mailbox.sources import read_messages
from dsr.mailbox.thread import thread_hints

DEMO = Path(__file__).parents[2] / "dsr" / "demo"
MAILBOX = DEMO / "mailbox"
DATA = DEMO / "data"
UNREADABLE = "11-two-senders-it.eml"


@dataclass(frozen=True)
class Expected:
    """What a letter is, as a person reads it."""

    language: str
    rights: frozenset[str]
    to: str
    answers: str | None = None
    """The letter whose thread it continues."""


LETTERS = {
    "01-access-and-portability-de.eml": Expected("de", frozenset({"access", "portability"}), "de"),
    "02-identity-answer-de.eml": Expected("de", frozenset(), "de", "01-access-and-portability-de.eml"),
    "03-erasure-and-consent-withdrawal-fr.eml": Expected("fr", frozenset({"erasure", "consent-withdrawal"}), "fr"),
    "04-access-of-an-employee-pl.eml": Expected("pl", frozenset({"access"}), "pl"),
    "05-erasure-nl.eml": Expected("nl", frozenset({"erasure"}), "nl"),
    "06-withdrawal-nl.eml": Expected("nl", frozenset(), "nl", "05-erasure-nl.eml"),
    "07-a-question-en.eml": Expected("en", frozenset(), "ie"),
    "08-rectification-el.eml": Expected("el", frozenset({"rectification"}), "gr"),
    "09-restriction-cs.eml": Expected("cs", frozenset({"restriction"}), "cz"),
    "10-access-en-gb.eml": Expected("en", frozenset({"access"}), "gb"),
    "12-objection-of-an-employee-es.eml": Expected("es", frozenset({"objection"}), "es"),
    "13-objection-to-recording-at.eml": Expected("de", frozenset({"objection"}), "at"),
    "14-access-once-more-it.eml": Expected("it", frozenset({"access"}), "it"),
    "15-guardian-of-a-child-en.eml": Expected("en", frozenset({"erasure"}), "ie"),
    "16-access-passed-on-pl.eml": Expected("pl", frozenset({"access"}), "de"),
}


def parsed(file: str) -> ParsedMessage:
    return parse_message((MAILBOX / file).read_bytes(), own=NO_SERVERS)


def test_every_letter_of_the_mailbox_is_expected_and_nothing_else_lies_there() -> None:
    found = {each.name for each in MAILBOX.iterdir()}

    assert found == {*LETTERS, UNREADABLE}
    assert sum(1 for _ in read_messages(MAILBOX, max_bytes=1 << 20)) == len(found)


@pytest.mark.parametrize("file", LETTERS)
def test_a_sample_letter_is_read_in_its_language_and_suggests_exactly_its_rights(file: str) -> None:
    expected, message = LETTERS[file], parsed(file)

    text = own_words(message.text)

    assert detect_language(text) == expected.language
    assert {each.right.value for each in suggest_rights(text, message.subject)} == expected.rights
    assert message.to == (f"privacy@{expected.to}.callcentre.example",)


@pytest.mark.parametrize("file", [file for file, expected in LETTERS.items() if expected.answers])
def test_a_later_letter_leads_to_the_one_it_follows_and_comes_from_the_same_address(file: str) -> None:
    later, earlier = parsed(file), parsed(LETTERS[file].answers or "")

    assert earlier.message_id in thread_hints(later).message_ids
    assert later.from_address == earlier.from_address


def test_a_letter_of_two_senders_is_the_one_that_nobody_can_answer() -> None:
    with pytest.raises(SenderMissingOrAmbiguous):
        parsed(UNREADABLE)


@pytest.mark.parametrize("file", sorted(each.name for each in MAILBOX.iterdir()))
def test_the_people_of_the_sample_letters_live_at_example_domains(file: str) -> None:
    head = (MAILBOX / file).read_text(encoding="utf-8").partition("\n\n")[0]

    domains = [word.split("@")[1].strip("<>,") for word in head.split() if "@" in word]

    assert domains
    assert all(domain.endswith(".example") for domain in domains)


@pytest.mark.parametrize("sample", yaml.safe_load((DATA / "data-sets.yaml").read_text()), ids=lambda each: each["file"])
def test_a_sample_data_set_is_readable_and_describes_every_field(sample: dict[str, object]) -> None:
    metadata = sample["metadata"]
    assert isinstance(metadata, dict)

    records = read_records((DATA / str(sample["file"])).read_bytes(), str(sample["media_type"]), max_bytes=1 << 20)
    fields = [
        FieldDescription(each["name"], each["description"], Provenance(each["provenance"]))
        for each in metadata["fields"]
    ]

    assert list(described(records, fields))
    require_name(metadata["name"])
    assert metadata["provenance"] in set(Provenance)
