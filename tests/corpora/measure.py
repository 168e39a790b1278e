"""Measures the rules, the built-in reader and the one with embeddings on the testing part: docs/suggestions.md."""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dsr.domain.reader import Reader, Reading, ToRead
from dsr.domain.request.message import LIKELY
from dsr.domain.rights import Right
from dsr.mailbox.learned.meaning import shipped_with_meaning
from dsr.mailbox.learned.reader import LearnedReader, cites
from dsr.mailbox.quoting import own_words
from dsr.mailbox.rules_reader import RulesReader
from dsr.mailbox.sentences import sentences_of
from tests.corpora.corpus import LANGUAGES, Corpus, Letter, Message, Sentence, corpus

PAGE: Final = Path(__file__).parents[2] / "docs" / "suggestions.md"
BUILT_IN, LARGER = "built in", "with embeddings"
MARK: Final = "<!-- Written by `make corpus`. -->"


@dataclass
class Tally:
    """What became of suggestions."""

    asking: int = 0
    exact: int = 0
    """Texts that ask for something, and got exactly the rights that they ask for."""
    first_two: int = 0
    """Those whose rights are among the two likeliest."""
    silent: int = 0
    clean: int = 0
    """Texts that ask for nothing, and got no suggestion."""
    said: Counter[int] = field(default_factory=Counter)
    """By tens of percent: rights that were said to be so likely."""
    right: Counter[int] = field(default_factory=Counter)
    """Those of them that were right."""
    asked: Counter[Right] = field(default_factory=Counter)
    """By right: texts that ask for it."""
    suggested: Counter[Right] = field(default_factory=Counter)
    """Texts for which it was suggested."""
    found: Counter[Right] = field(default_factory=Counter)
    """Those of them that ask for it."""

    def add(self, reading: Reading, wanted: frozenset[Right]) -> None:
        """Count one text."""
        likely = {each.right for each in reading.rights if each.percent >= LIKELY}
        ranked = sorted(reading.rights, key=lambda each: -each.percent)
        if wanted:
            self.asking += 1
            self.exact += likely == wanted
            self.first_two += wanted <= {each.right for each in ranked[:2]}
        else:
            self.silent += 1
            self.clean += not likely
        self.asked.update(wanted)
        self.suggested.update(likely)
        self.found.update(likely & wanted)
        for each in reading.rights:
            self.said[each.percent // 10] += 1
            self.right[each.percent // 10] += each.right in wanted

    def shares(self) -> tuple[int, int, int]:
        """Percent: exact, among the first two, clean."""
        return share(self.exact, self.asking), share(self.first_two, self.asking), share(self.clean, self.silent)


def share(part: int, whole: int) -> int:
    """In percent; 0 of nothing."""
    return round(100 * part / whole) if whole else 0


@dataclass
class Measured:
    """Of one reader."""

    sentences: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    """By language."""
    letters: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    citing: Tally = field(default_factory=Tally)
    """Letters that name an article which gives a right."""
    plain: Tally = field(default_factory=Tally)
    """All other letters."""
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What messages are, and the likeliest kind."""


def measured(reader: Reader, half: Corpus) -> Measured:
    """Let the reader read everything."""
    found = Measured()
    for sentence in half.sentences:
        found.sentences[sentence.language].add(reader.read(_asked(sentence)), sentence.wish.rights)
    for letter in half.letters:
        by_law = found.citing if cites(each.text for each in sentences_of(own_words(letter.text))) else found.plain
        reading = reader.read(_asked(letter))
        for tally in (found.letters[letter.language], by_law):
            tally.add(reading, letter.wish.rights)
    for message in half.messages:
        kinds = reader.read(_asked(message)).kinds
        likeliest = max(kinds, key=lambda each: each.percent).kind.value if kinds else "–"
        found.kinds[message.kind.value, likeliest] += 1
    return found


def _asked(each: Sentence | Letter | Message) -> ToRead:
    subject = "" if isinstance(each, Sentence) else each.subject
    return ToRead(each.text, subject, each.language, in_thread=isinstance(each, Message), has_attachment=False)


def together(tallies: Iterable[Tally]) -> Tally:
    """All of them as one."""
    total = Tally()
    for each in tallies:
        for name in ("asking", "exact", "first_two", "silent", "clean"):
            setattr(total, name, getattr(total, name) + getattr(each, name))
        for name in ("said", "right", "asked", "suggested", "found"):
            getattr(total, name).update(getattr(each, name))
    return total


def tables(rules: Measured, built_in: Measured, with_embeddings: Measured) -> Iterator[str]:
    """The figures, as Markdown."""
    yield "| texts | reader | exact | first two | clean |"
    yield "| --- | --- | --- | --- | --- |"
    by: tuple[tuple[str, Callable[[Measured], dict[str, Tally]]], ...] = (
        ("sentences", lambda each: each.sentences),
        ("letters", lambda each: each.letters),
    )
    learned = (built_in, with_embeddings)
    for texts, total_of in (
        ("sentences", lambda each: together(each.sentences.values())),
        ("letters", lambda each: together(each.letters.values())),
        ("letters that cite an article", lambda each: each.citing),
        ("letters that cite none", lambda each: each.plain),
    ):
        for name, each in (("rules", rules), (BUILT_IN, built_in), (LARGER, with_embeddings)):
            exact, two, clean = total_of(each).shares()
            yield f"| {texts} | {name} | {exact} % | {two} % | {clean} % |"
    for texts, of in by:
        yield ""
        yield f"By language, {texts}: {BUILT_IN}, then {LARGER}."
        yield ""
        yield "| language | exact | first two | clean | exact | first two | clean |"
        yield "| --- | --- | --- | --- | --- | --- | --- |"
        for language in LANGUAGES:
            shares = [share for each in learned for share in of(each)[language].shares()]
            yield f"| {language} | " + " | ".join(f"{each} %" for each in shares) + " |"
    for texts, of in by:
        yield from by_right(texts, [together(of(each).values()) for each in learned])
    yield ""
    yield f"How many of the rights that were given such a likelihood were asked for: {BUILT_IN}, then {LARGER}."
    yield ""
    yield "| likelihood | sentences | letters | sentences | letters |"
    yield "| --- | --- | --- | --- | --- |"
    totals = [together(of(each).values()) for each in learned for _, of in by]
    for ten in range(10):
        cells = (f"{share(each.right[ten], each.said[ten])} % of {each.said[ten]:,}" for each in totals)
        yield f"| {ten * 10} to {ten * 10 + 9} % | " + " | ".join(cells) + " |"
    yield ""
    yield from of_messages(BUILT_IN, built_in)
    yield ""
    yield from of_messages(LARGER, with_embeddings)


def by_right(texts: str, totals: Sequence[Tally]) -> Iterator[str]:
    """What became of each right, as Markdown."""
    yield ""
    yield (
        f"By right, {texts}: how often a right that is asked for is suggested, and one that is suggested is asked for: "
        f"{BUILT_IN}, then {LARGER}."
    )
    yield ""
    yield "| right | texts that ask for it | suggested | asked for | suggested | asked for |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for right in Right:
        parts = [share(each.found[right], whole[right]) for each in totals for whole in (each.asked, each.suggested)]
        yield f"| {right} | {totals[0].asked[right]:,} | " + " | ".join(f"{part} %" for part in parts) + " |"


def of_messages(reader: str, now: Measured) -> Iterator[str]:
    """What messages in a thread are, and what a reader takes them for, as Markdown."""
    right = sum(number for (is_, said), number in now.kinds.items() if is_ == said)
    total = now.kinds.total()
    yield f"Messages in a thread, {reader}: {share(right, total)} % of {total} are what the reader takes for likeliest."
    yield ""
    yield "| what the message is | what the reader takes it for |"
    yield "| --- | --- |"
    for kind in sorted({is_ for is_, _ in now.kinds}):
        said = Counter({said: number for (is_, said), number in now.kinds.items() if is_ == kind})
        yield f"| {kind} | " + ", ".join(f"{name} {number}" for name, number in sorted(said.items(), key=_most)) + " |"


def _most(named: tuple[str, int]) -> tuple[int, str]:
    return -named[1], named[0]


def page() -> str:
    """The page, with its figures measured afresh. Raises EmbeddingsMissing."""
    half = corpus("testing")
    told, _, _ = PAGE.read_text("utf-8").partition(MARK)
    readers = (RulesReader(), LearnedReader(), LearnedReader(shipped_with_meaning()))
    figures = "\n".join(tables(*(measured(each, half) for each in readers)))
    return f"{told}{MARK}\n\n{figures}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stderr.write(f"{PAGE.name} has the figures\n")
