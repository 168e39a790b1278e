"""The built-in reader: what it makes of plain letters, of letters that cite the law, and of hostile ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import pytest

from dsr.domain.reader import ToRead
from dsr.domain.request.message import LIKELY, MessageKind, ReaderNote
from dsr.domain.rights import Right
from dsr.mailbox import learned
from dsr.mailbox.learned.model import FILE, parse, shipped
from dsr.mailbox.learned.pieces import pieces_of
from dsr.mailbox.learned.reader import LearnedReader
from dsr.mailbox.learned.scoring import CitingLimits, Estimate, OwnText
from tests.corpora.corpus import Corpus, corpus
from tests.corpora.digest import digest_of_linear
from tests.corpora.measure import BUILT_IN, PAGE, measured, of_messages, page, together
from tests.mailbox.dull_letters import dull_letters
from tests.proving import PROVES

MOST_BYTES: Final = 5_000_000
"""Of the model's file, which comes with the package."""


@pytest.fixture(scope="module")
def reader() -> LearnedReader:
    return LearnedReader()


def to_read(text: str, *, subject: str = "", language: str = "en", in_thread: bool = False) -> ToRead:
    return ToRead(text, subject, language, in_thread=in_thread, has_attachment=False)


def suggested(reader: LearnedReader, text: str, subject: str = "") -> set[Right]:
    return {each.right for each in reader.read(to_read(text, subject=subject)).rights if each.percent >= LIKELY}


def test_the_model_is_the_one_that_the_corpus_makes() -> None:
    assert shipped().head.corpus == digest_of_linear(), "the corpus or the code of learning changed: run `make corpus`"


def test_the_figures_on_the_page_are_those_of_this_reader(reader: LearnedReader) -> None:
    told = PAGE.read_text("utf-8")
    if PROVES:  # it reads 7,000 texts twice
        assert told == page(), "run `make corpus`"
    found = measured(reader, Corpus([], [], corpus("testing").messages))
    assert "\n".join(of_messages(BUILT_IN, found)) in told, "run `make corpus`"


def test_most_of_what_it_suggests_is_asked_for(reader: LearnedReader) -> None:
    half = corpus("testing")
    few = Corpus(half.sentences[::20], [], half.messages[::20])
    found = measured(reader, few)
    exact, first_two, clean = together(found.sentences.values()).shares()
    assert (exact >= 50, first_two >= 84, clean >= 90) == (True, True, True)
    assert sum(found.kinds[kind, kind] for kind in MessageKind) >= 0.7 * len(few.messages)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Get rid of everything you have on me.", Right.ERASURE),
        ("My surname is Ray now, please change it in your books.", Right.RECTIFICATION),
        ("Freeze it until you have checked.", Right.RESTRICTION),
        ("Wer hat euch meine Nummer gegeben?", Right.ACCESS),
        ("Quiero que una persona revise mi caso, no una máquina.", Right.AUTOMATED_DECISION),
        ("Usuńcie proszę moje zdjęcia i cały profil.", Right.ERASURE),
    ],
)
def test_plain_words_are_enough(reader: LearnedReader, text: str, right: Right) -> None:
    assert suggested(reader, text) == {right}


@pytest.mark.parametrize(
    "text", ["Thank you for the quick answer!", "When do you open on Saturday?", "I paid the invoice yesterday."]
)
def test_what_asks_for_nothing_gets_no_suggestion(reader: LearnedReader, text: str) -> None:
    reading = reader.read(to_read(text))
    assert all(each.percent < LIKELY for each in reading.rights)
    assert ReaderNote.READ_THIS_ONE in reading.notes
    assert {each.right for each in reading.rights} == set(Right), "they are ranked all the same"


def test_a_salutation_asks_for_nothing(reader: LearnedReader) -> None:
    story = "El martes estuve en su tienda.\nLlovía mucho.\nEl café estaba bueno.\nVolveré en mayo.\nUn saludo,\nAda"
    message = ToRead(f"A quien le interese:\n\n{story}", "", "es", in_thread=False, has_attachment=False)
    assert [each.right for each in reader.read(message).rights if each.percent >= LIKELY] == []


def test_who_cites_articles_gets_these_and_no_other(reader: LearnedReader) -> None:
    text = "Under Articles 15 and 17 of the GDPR I demand access and erasure. Freeze everything and send my file over."
    assert suggested(reader, text) == {Right.ACCESS, Right.ERASURE}


@pytest.mark.parametrize(
    ("language", "text", "right"),
    [
        ("en", "I hereby exercise my right under Art. 17 GDPR. Regards, Ann", Right.ERASURE),
        ("en", "I object under Article 21(1) GDPR. A former colleague stalks me. Kindly confirm.", Right.OBJECTION),
        (
            "de",
            "Hiermit mache ich von meinem Recht nach Art. 15 DSGVO Gebrauch. Mit freundlichen Grüßen, K. Weber",
            Right.ACCESS,
        ),
        ("de", "Hiermit mache ich von meinem Recht nach Art. 15 DSGVO Gebrauch. K. Weber", Right.ACCESS),
        ("fr", "Je vous demande l'application de l'art. 17 du RGPD. Vous avez un mois. Paul", Right.ERASURE),
        ("it", "Ai sensi dell'art. 21 GDPR mi oppongo. Mario Rossi", Right.OBJECTION),
        ("it", "Ai sensi dell’art. 20 del Regolamento UE 2016/679 esercito il mio diritto. Rossi", Right.PORTABILITY),
        ("es", "Ejerzo el derecho del artículo 16 del RGPD. El plazo es de un mes. Ana", Right.RECTIFICATION),
        ("nl", "Verzoek ex artikel 15 AVG. J. de Vries", Right.ACCESS),
        ("pl", "Na podstawie art. 17 RODO wnoszę o usunięcie moich danych. Jan Nowak", Right.ERASURE),
        ("pl", "Na podstawie art. 15 RODO wnoszę o dane. Jan Nowak", Right.ACCESS),
        ("cs", "Podle čl. 21 GDPR vznáším námitku. Odpovězte prosím do měsíce. Novák", Right.OBJECTION),
        ("hu", "A GDPR 17. cikke alapján kérem az adataim törlését. Kiss Anna", Right.ERASURE),
        ("el", "Βάσει του άρθρου 15 του ΓΚΠΔ ασκώ το δικαίωμά μου. Νίκος", Right.ACCESS),
        ("sv", "Begäran enligt artikel 15 GDPR. Eva", Right.ACCESS),
        ("fi", "Pyydän tietoni GDPR 15 artiklan nojalla. Matti", Right.ACCESS),
        ("ro", "În temeiul art. 22 din RGPD solicit reanalizarea. Ion", Right.AUTOMATED_DECISION),
    ],
)
def test_who_cites_an_article_gets_it_however_little_else_the_letter_says(
    reader: LearnedReader, language: str, text: str, right: Right
) -> None:
    rights = {each.right for each in reader.read(to_read(text, language=language)).rights if each.percent >= LIKELY}
    assert rights == {right}


@pytest.mark.parametrize(("language", "right", "text"), dull_letters())
def test_a_dull_formal_letter_gets_what_it_cites(reader: LearnedReader, language: str, right: Right, text: str) -> None:
    message = ToRead(text, "", language, in_thread=False, has_attachment=False)
    assert {each.right for each in reader.read(message).rights if each.percent >= LIKELY} == {right}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "Dear Sir or Madam,\n\nmy request under Article 15 GDPR of 3 March is with you. More than a month has "
            "gone by. I have heard nothing since. When will your answer arrive? Kindly tell me by return.\n\nJ. Brown",
        ),
        (
            "de",
            "Sehr geehrte Damen und Herren,\n\nfür Ihre Auskunft nach Art. 15 DSGVO vom 4. Mai danke ich Ihnen. Sie "
            "war vollständig und gut lesbar. Weitere Wünsche habe ich nicht.\n\nMit freundlichen Grüßen\nKarl Weber",
        ),
        (
            "fr",
            "Madame, Monsieur,\n\nje prépare un mémoire sur l'article 17 du RGPD. Le droit à l'effacement connaît de "
            "nombreuses exceptions. Votre revue en a parlé en mars. L'avez-vous encore ?\n\nClaire Petit, étudiante",
        ),
        (
            "en",
            "For my seminar I read your notice. You quote Article 17 GDPR, the right to erasure. My professor agrees.",
        ),
    ],
)
def test_who_cites_the_law_and_asks_for_nothing_gets_no_suggestion(
    reader: LearnedReader, language: str, text: str
) -> None:
    message = ToRead(text, "", language, in_thread=False, has_attachment=False)
    assert [each.right for each in reader.read(message).rights if each.percent >= LIKELY] == []


@dataclass(frozen=True)
class Believing:
    """A model that believes of each text to so many percent that it asks for something, and knows English."""

    asks: int
    version: str = "believing-1"
    languages: Sequence[str] = ("en",)

    @property
    def citing(self) -> CitingLimits:
        return CitingLimits(in_words=10, otherwise=50)

    def estimate(self, said: OwnText) -> Estimate:
        return Estimate(
            self.asks, self.asks >= LIKELY, dict.fromkeys(Right, 1), [dict.fromkeys(Right, 0.0)] * len(said.texts)
        )

    def kinds(self, own: str) -> Sequence[tuple[MessageKind, int]]:
        return [(MessageKind.NEW_REQUEST, len(own))]


PLAIN: Final = "Article 17 of the GDPR, for everything. It rains."
TERSE: Final = "Please delete everything under Article 17 of the GDPR. It rains. Ann."
IN_WORDS: Final = f"{TERSE} It is cold."
TWICE: Final = f"I demand erasure under Article 17 of the GDPR. {IN_WORDS}"


@pytest.mark.parametrize(
    ("text", "asks", "language", "percent"),
    [
        (PLAIN, 49, "en", 49),
        (PLAIN, 50, "en", 60),
        (PLAIN, 75, "en", 75),
        (PLAIN, 99, "en", 90),
        (PLAIN, 1, "is", 90),  # the model never learned Icelandic
        (PLAIN, 1, "", 1),
        (TERSE, 1, "en", 60),
        (IN_WORDS, 9, "en", 9),
        (IN_WORDS, 10, "en", 60),
        (TWICE, 1, "en", 60),
    ],
)
def test_the_model_says_whether_a_letter_asks_and_the_rules_for_what(
    text: str, asks: int, language: str, percent: int
) -> None:
    reading = LearnedReader(Believing(asks)).read(to_read(text, language=language))
    likely = {each.right for each in reading.rights if each.percent >= LIKELY}
    assert likely == ({Right.ERASURE} if percent >= LIKELY else set())
    assert max(each.percent for each in reading.rights) == percent if likely else reading.asks == percent
    assert (ReaderNote.READ_THIS_ONE in reading.notes) == (not likely)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Dear team, I withdraw my request for erasure under Article 17 GDPR. Please keep my account. Ann Ray"),
        ("de", "Guten Tag, ich ziehe meinen Antrag auf Löschung nach Art. 17 DSGVO zurück. Danke, Jens Kolb"),
        ("fr", "Bonjour, je retire ma demande d'effacement au titre de l'article 17 du RGPD. Merci, Paul Petit"),
        ("es", "Hola, retiro mi solicitud de supresión según el artículo 17 del RGPD. Gracias, Marta Gil"),
        ("it", "Salve, ritiro la mia richiesta di cancellazione ex art. 17 GDPR. Grazie, Luca Neri"),
        ("nl", "Hallo, ik trek mijn verzoek om verwijdering op grond van artikel 17 AVG in. Groet, Sanne Vos"),
        ("pl", "Dzień dobry, wycofuję wniosek o usunięcie danych na podstawie art. 17 RODO. Pozdrawiam, Jan Nowak"),
    ],
)
def test_who_withdraws_a_request_asks_for_nothing(reader: LearnedReader, language: str, text: str) -> None:
    message = ToRead(text, "", language, in_thread=False, has_attachment=False)
    assert Right.ERASURE not in {each.right for each in reader.read(message).rights if each.percent >= LIKELY}


def test_what_is_found_beside_many_rights_is_less_likely() -> None:
    text = "Under Articles 15, 16 and 17 of the GDPR I demand access, rectification and erasure."
    assert [each.percent for each in LearnedReader(Believing(99)).read(to_read(text)).rights[:3]] == [90, 90, 90]
    text = f"{text} Under Article 18 of the GDPR I demand restriction."
    assert [each.percent for each in LearnedReader(Believing(99)).read(to_read(text)).rights[:4]] == [60, 60, 60, 60]


def test_the_sentence_that_made_a_suggestion_is_named(reader: LearnedReader) -> None:
    text = "Hello,\n\nI was in your shop last week, it was lovely.\nGet rid of everything you have on me.\n\nBye, Ann"
    reading = reader.read(to_read(text))
    assert [(each.right, text[each.start : each.end]) for each in reading.passages] == [
        (Right.ERASURE, "Get rid of everything you have on me.")
    ]


def test_a_message_in_a_thread_is_told_what_it_is(reader: LearnedReader) -> None:
    reading = reader.read(to_read("Three weeks have passed. Where is your answer?", in_thread=True))
    assert max(reading.kinds, key=lambda each: each.percent).kind is MessageKind.REMINDER
    assert reader.read(to_read("Three weeks have passed. Where is your answer?")).kinds == ()


def test_a_language_that_it_never_learned_is_named(reader: LearnedReader) -> None:
    assert ReaderNote.LANGUAGE_NOT_READ in reader.read(to_read("Halló, hvað vitið þið um mig?", language="is")).notes


def test_case_accents_and_digits_make_no_difference() -> None:
    assert pieces_of("Löschen Sie 12 Fotos") == pieces_of("LOSCHEN SIE 98 FOTOS")


def test_a_piece_that_the_model_does_not_know_makes_no_difference() -> None:
    model = shipped()
    known = set(model.right_weights.known.tolist())
    unknown = next(number for number in range(1 << 32) if number not in known)
    pieces = pieces_of("Löschen Sie 12 Fotos")
    assert model.right_weights.scores([*pieces, unknown]) == model.right_weights.scores(pieces)
    assert model.right_weights.scores([unknown, (1 << 32) - 1]) == model.head.rights.biases


@pytest.mark.parametrize("cut", [1, 1_000_000])
def test_a_model_that_is_not_whole_is_refused(cut: int) -> None:
    content = files(learned).joinpath(FILE).read_bytes()
    assert parse(content).head == shipped().head
    assert len(content) <= MOST_BYTES
    with pytest.raises(ValueError, match="cut short"):
        parse(content[:-cut])
