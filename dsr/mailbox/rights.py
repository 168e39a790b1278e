"""Suggestion of the rights that a letter exercises, for the person who registers the case; never a decision.

A right is suggested if a sentence cites its article (and does not merely mention it), or asks for it in words. The
vocabularies of the letter's possible languages are searched; if they match nothing, those of all official languages.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dsr.domain.rights import Right
from dsr.mailbox.articles import Citation, citations_in, names_gdpr
from dsr.mailbox.folding import fold
from dsr.mailbox.language import OFFICIAL_LANGUAGES, languages_of
from dsr.mailbox.patterns import Pattern, words_of
from dsr.mailbox.quoting import own_subject, own_words
from dsr.mailbox.sentences import Sentence, sentences_of
from dsr.mailbox.vocabulary import RightWords, Vocabulary, vocabulary

MAX_TEXT = 60_000
"""Maximum characters searched in a letter."""
MAX_SENTENCES = 1_000
MAX_CITATIONS = 20
"""Articles that are read of one sentence: each is looked at in all of its words."""

_MENTION_REACH = 90
_NEGATION_REACH = 5
_CLAUSE_END = re.compile(r"[,;:()–—]")
_ACT_ON_DATA = (Right.ERASURE, Right.RESTRICTION, Right.RECTIFICATION, Right.PORTABILITY, Right.OBJECTION)
_AND = re.compile(
    r"(?<!\w)(?:and|then|und|sowie|et|puis|y|e|ed|og|och|en|ja|sek[aä]|ning|ir|un|es|valamint|si|iar|και|και|и|in|ter|agus|u|oraz"
    r"|a|i)(?!\w)|[.;!?]"
)
_TOLD_OF = frozenset({Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION})
"""Rights after which Art. 19 has the person told of the recipients."""
_RECIPIENTS_REACH = 4
_ENUMERATION = 4
"""A sentence that names this many rights by their nouns lists the law and asks for nothing."""


@dataclass(frozen=True)
class SuggestedRight:
    """A right, and why it is suggested."""

    right: Right
    because: str
    """`article-15` and the like, or `words`. Never a quotation."""


def suggest_rights(text: str, subject: str = "", likely: frozenset[str] | None = None) -> tuple[SuggestedRight, ...]:
    """Suggest the rights that the letter exercises, each once, in the order of `Right`.

    Quoted earlier messages are left out. The subject counts like a sentence of the letter unless it is that of a reply;
    when the letter says nothing, the bare name of a right in the subject is enough. `likely` are the letter's possible
    languages, if known already.
    """
    found, _, _ = _found_in(text, subject, likely)
    return tuple(SuggestedRight(right, found[right]) for right in Right if right in found)


def suggesting_sentences(
    text: str, subject: str = "", likely: frozenset[str] | None = None
) -> tuple[tuple[SuggestedRight, ...], list[tuple[str, frozenset[Right]]]]:
    """As `suggest_rights`; besides, all sentences of the letter in order, each with the rights that it suggests."""
    found, sentences, searched = _found_in(text, subject, likely)
    made = [
        (read.sentence.text, frozenset(_because([read], searched) if found else ()) & found.keys())
        for read in sentences
    ]
    return tuple(SuggestedRight(right, found[right]) for right in Right if right in found), made


def _found_in(
    text: str, subject: str, likely: frozenset[str] | None
) -> tuple[dict[Right, str], list["_Reading"], list[Vocabulary]]:
    """The rights with their reasons, the sentences, and the vocabularies that found them."""
    own = own_words(text)[:MAX_TEXT]
    subject = own_subject(subject)
    sentences = [_Reading(sentence) for sentence in sentences_of(own)[:MAX_SENTENCES]]
    title = [_Reading(Sentence(subject))] if subject.strip() else []

    likely_words = [vocabulary(language) for language in sorted(likely or languages_of(own).likely)]
    every = [vocabulary(language) for language in sorted(OFFICIAL_LANGUAGES)]
    found, searched = _because(sentences, likely_words) | _because(title, every), likely_words
    if not found:
        found, searched = _because(sentences, every), every
    if found.get(Right.ACCESS) == "words" and found.keys() & _TOLD_OF:
        asking = [read for read in sentences if not any(_asks_of_recipients(read, words) for words in searched)]
        if Right.ACCESS not in _because(asking, searched) | _because(title, every):
            del found[Right.ACCESS]
    if Right.ERASURE in found and any(
        citation.article == 21 and 1 in citation.paragraphs
        for read in sentences
        for citation in _exercised(read, likely_words)
    ):
        # Erasure because of an objection that has to be balanced first: until then Art. 18(1)(d) applies.
        found.setdefault(Right.RESTRICTION, "article-21")
    if not found and not any(_reports(read, words) for words in likely_words for read in sentences):
        found = _named_in(subject, every)
    return found, sentences, searched


def ask_in_words(sentences: Iterable[str], likely: frozenset[str]) -> bool:
    """Whether one of them asks for something, whatever it is: "please send", "I hereby demand"."""
    vocabularies = [vocabulary(language) for language in sorted(likely)]
    reads = (_Reading(Sentence(text)) for text in sentences)
    return any(
        read.text.search(pattern, words)
        for read in reads
        for words in vocabularies
        for pattern in (words.asks, words.please)
    )


class _Text:
    """A folded text with the positions at which each pattern of a language may match; only these are searched."""

    def __init__(self, text: str) -> None:
        self.folded = fold(text)
        self._words = words_of(self.folded)
        self._possible: dict[str, dict[Pattern, list[int]]] = {}

    def possible(self, words: Vocabulary) -> Mapping[Pattern, list[int]]:
        """Patterns of this language that may match, with positions."""
        found = self._possible.get(words.language)
        if found is None:
            self._possible[words.language] = found = words.beginnings.possible(self.folded, self._words)
        return found

    def search(self, pattern: Pattern, words: Vocabulary) -> re.Match[str] | None:
        """The first match of a pattern of this language."""
        return next(self.finditer(pattern, words), None)

    def finditer(self, pattern: Pattern, words: Vocabulary) -> Iterator[re.Match[str]]:
        """All matches of a pattern of this language, none of which overlaps another."""
        end = 0
        for start in self.possible(words).get(pattern, ()):
            if start >= end and (match := pattern.expression.match(self.folded, start)):
                yield match
                end = match.end()


class _Reading:
    """A sentence prepared for search: folded, with its citations."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.text = _Text(sentence.text)
        self.intro = _Text(sentence.intro)
        self.is_item = bool(sentence.intro)
        self.citations = citations_in(self.text.folded)[:MAX_CITATIONS]


def _because(sentences: list[_Reading], vocabularies: list[Vocabulary]) -> dict[Right, str]:
    found: dict[Right, str] = {}
    for read in sentences:
        for words in vocabularies:
            for right in _asked_in_words(read, words):
                found.setdefault(right, "words")
        for citation in _exercised(read, vocabularies):
            found[_given(citation)] = f"article-{citation.article}"
    return found


def _exercised(read: _Reading, vocabularies: list[Vocabulary]) -> Iterable[Citation]:
    """Citations that exercise a right: not negated, not in a condition, not about an earlier letter."""
    articles = {citation.article for citation in read.citations}
    for citation in read.citations:
        if citation.right is None:
            continue
        if any(
            _reports(read, words)
            or _is_mentioned(read.text.folded, citation.start, words)
            or _in_condition(read.text.folded, citation.start, words)
            or _is_negated(read.text.folded, citation.start, citation.end, words)
            for words in vocabularies
        ):
            continue
        if citation.article == 22 and not _contests(read, articles, vocabularies):
            continue
        if citation.article in {13, 14} and not _asks_for_information(read, articles, vocabularies):
            continue
        yield citation


def _reports(read: _Reading, words: Vocabulary) -> bool:
    """Whether the sentence refers to an earlier letter; "give me, machine-readable, what I sent you" refers to data."""
    report = read.text.search(words.reports, words)
    if report is None:
        return False
    of_right = words.rights[Right.PORTABILITY]
    portable = any(citation.right is Right.PORTABILITY for citation in read.citations) or any(
        read.text.search(pattern, words) for pattern in (of_right.phrases, of_right.nouns)
    )
    asked = words.asks.expression.search(read.text.folded, 0, report.start()) if portable else None
    return asked is None or "," not in read.text.folded[asked.end() : report.start()]


def _contests(read: _Reading, articles: set[int], vocabularies: list[Vocabulary]) -> bool:
    """Whether Art. 22 is really invoked: most access requests name it, since Art. 15(1)(h) covers automated
    decisions.
    """
    if 15 in articles or any(citation.article == 22 and 4 in citation.paragraphs for citation in read.citations):
        return False
    if any(read.text.search(words.rights[Right.AUTOMATED_DECISION].phrases, words) for words in vocabularies):
        return True
    return not read.is_item and any(read.text.search(words.asks, words) for words in vocabularies)


def _asks_for_information(read: _Reading, articles: set[int], vocabularies: list[Vocabulary]) -> bool:
    """Whether Art. 13 or 14 is really invoked: they are mostly named as violated, and then another right is
    exercised.
    """
    if articles - {12, 13, 14}:
        return False
    return any(
        read.text.search(words.asks, words) and read.text.search(words.rights[Right.INFORMATION].nouns, words)
        for words in vocabularies
    )


def _asked_in_words(read: _Reading, words: Vocabulary) -> set[Right]:
    possible = read.text.possible(words)
    if words.naming.isdisjoint(possible) or _reports(read, words):
        return set()
    intro_asks = read.is_item and (read.intro.search(words.asks, words) or read.intro.search(words.please, words))
    asks_itself = read.text.search(words.asks, words) is not None
    asking = asks_itself or bool(intro_asks)
    by_noun = {
        right
        for right, of_right in words.rights.items()
        if asking
        and right is not Right.INFORMATION
        and of_right.nouns in possible
        and _found(of_right.nouns, read.text, words)
    }
    if len(by_noun) >= _ENUMERATION:
        by_noun = set()
    asked = by_noun | {
        right
        for right, of_right in words.rights.items()
        if (of_right.verbs in possible and _by_verb(read.text, of_right, words))
        or (of_right.phrases in possible and _found(of_right.phrases, read.text, words, right))
    }
    if read.is_item:
        asked -= _told_with_access(asked, asks_itself=asks_itself)
    return asked


def _asks_of_recipients(read: _Reading, words: Vocabulary) -> bool:
    """Whether the sentence asks for information about recipients alone: beside an erasure, a rectification or a
    restriction that belongs to it (GDPR Art. 19), and is no access to the data.
    """
    access, text = words.rights[Right.ACCESS], read.text
    matches = [match for pattern in (access.nouns, access.phrases) for match in text.finditer(pattern, words)]
    return bool(matches) and all(_is_about_recipients(text.folded[match.end() :], words) for match in matches)


def _is_about_recipients(after: str, words: Vocabulary) -> bool:
    """Whether recipients follow within a few words, and no data before them."""
    found = words.recipients.expression.search(after)
    if found is None or len(after[: found.start()].split()) > _RECIPIENTS_REACH:
        return False
    return words.data.expression.search(after, 0, found.start()) is None


def _told_with_access(asked: set[Right], *, asks_itself: bool) -> set[Right]:
    """Whether a list item names a right only because Art. 15(1) lists it: other rights (e), automated decisions (h)."""
    named = asked & {Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION, Right.OBJECTION}
    told = named if len(named) >= 3 else set[Right]()
    return told if asks_itself else told | {Right.AUTOMATED_DECISION}


def _by_verb(text: _Text, of_right: RightWords, words: Vocabulary) -> bool:
    return _found(of_right.verbs, text, words) and text.search(of_right.objects, words) is not None


def _found(pattern: Pattern, text: _Text, words: Vocabulary, right: Right | None = None) -> bool:
    """Whether the pattern occurs in the text as a real request."""
    return any(
        not _is_mentioned(text.folded, match.start(), words)
        and not _in_condition(text.folded, match.start(), words)
        and not _is_negated(text.folded, match.start(), match.end(), words)
        and not (right is Right.ACCESS and _is_object_of_another(text, match, words))
        for match in text.finditer(pattern, words)
    )


def _is_object_of_another(whole: _Text, match: re.Match[str], words: Vocabulary) -> bool:
    """Whether the match is the object of another verb: "what you hold about me" is not a question in "delete what you
    hold about me".
    """
    text = whole.folded
    for right in _ACT_ON_DATA:
        of_right = words.rights[right]
        phrases = (of_right.phrases,) if right is Right.ERASURE else ()
        for acts in (of_right.verbs, of_right.nouns, *phrases):
            for act in whole.finditer(acts, words):
                if act.start() < match.end() and act.end() > match.start():
                    return True
                if act.end() <= match.start():
                    between = text[act.end() : match.start()]
                    softened = words.please.expression.match(between, len(between) - len(between.lstrip(" ,")))
                    governs = not words.asks.expression.search(between, softened.end() if softened else 0)
                    reach = 8
                else:  # "all that you hold about me should be deleted", but not "… and then delete it"
                    between = text[match.end() : act.start()]
                    governs = not _AND.search(between)
                    reach = 3
                if governs and len(between.split()) <= reach:
                    return True
    return False


def _is_mentioned(text: str, start: int, words: Vocabulary) -> bool:
    """Whether it is only mentioned: "the existence of the right to …", "an exception under …"."""
    return words.mentions.expression.search(text, max(0, start - _MENTION_REACH), start) is not None


def _in_condition(text: str, start: int, words: Vocabulary) -> bool:
    """Whether it lies in a condition: between "if" and the comma or "please" that ends the clause."""
    for condition in words.conditions.expression.finditer(text, 0, start):
        between = text[condition.end() : start]
        if not _CLAUSE_END.search(between) and not words.please.expression.search(between):
            return True
    return False


def _is_negated(text: str, start: int, end: int, words: Vocabulary) -> bool:
    if words.negates.expression.search(text, start, end):
        return False  # the negation belongs to the phrase: "I do not want your letters"
    before = _CLAUSE_END.split(text[:start])[-1]
    near = " ".join(before.split()[-_NEGATION_REACH:])
    if words.negates.expression.search(near):
        return True
    after = _CLAUSE_END.split(text[end:])[0]
    return (
        words.negates_after and words.negates.expression.search(" ".join(after.split()[:_NEGATION_REACH])) is not None
    )


def _named_in(subject: str, vocabularies: list[Vocabulary]) -> dict[Right, str]:
    """A right whose name stands in a short subject: "Erasure", "Auskunft nach DSGVO"."""
    text = _Text(subject)
    if len(text.folded.split()) > 8 and not names_gdpr(text.folded):
        return {}
    return {
        right: "words"
        for words in vocabularies
        if text.search(words.reports, words) is None
        for right, of_right in words.rights.items()
        if right is not Right.INFORMATION and _found(of_right.nouns, text, words)
    }


def _given(citation: Citation) -> Right:
    if citation.right is None:
        raise AssertionError(citation)
    return citation.right
