"""Vocabularies of each official language for exercising rights: one TOML file per language.

`dsr.mailbox.patterns` explains the patterns; the fields below explain the keys.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dsr.domain.rights import Right
from dsr.mailbox.patterns import Beginnings, Pattern, patterns

_REPORT_REACH = 18
"""Maximum number of words between "have I you" and "sent", for languages with the participle at the end of the
sentence.
"""


@dataclass(frozen=True)
class RightWords:
    """Words that ask for one right in one language."""

    verbs: Pattern
    """Verb forms of a request (imperative, infinitive, "I object"); count together with an `objects` word."""
    nouns: Pattern
    """Nouns for the right or the act; count only in a sentence that asks."""
    phrases: Pattern
    """Phrases that count alone."""
    objects: Pattern
    """Objects the verb needs: the language's `data` words unless the right has its own."""

    def all(self) -> Iterator[Pattern]:
        """Each of them."""
        yield from (self.verbs, self.nouns, self.phrases, self.objects)


@dataclass(frozen=True)
class Vocabulary:
    """One language."""

    language: str
    asks: Pattern
    """I ask, I demand, I want, I exercise, hereby, please send."""
    please: Pattern
    """Softeners that end a conditional clause: please."""
    negates: Pattern
    """Not, never, instead of: the following verb or noun is not requested."""
    negates_after: bool
    """The negation may also follow the verb (German: "löschen Sie sie nicht")."""
    conditions: Pattern
    """If, in case: nothing is requested up to the next comma."""
    mentions: Pattern
    """As defined in, exception, existence of the right: the following is only mentioned."""
    reports: Pattern
    """I sent you a request: the sentence refers to an earlier letter."""
    recipients: Pattern
    """Recipients of the data, of whom Art. 19 tells a person who asks."""
    data: Pattern
    """The data that a right is about."""
    rights: dict[Right, RightWords]
    naming: frozenset[Pattern]
    """The patterns of `rights` that name a right or an act; a sentence without one asks for nothing."""
    beginnings: Beginnings
    """Patterns by the first characters of a match; few apply to a sentence."""


@cache
def vocabulary(language: str) -> Vocabulary:
    """Read the words of one official language (ISO 639-1)."""
    source = tomllib.loads((files(__package__) / f"{language}.toml").read_text(encoding="utf-8"))
    data = patterns(source["data"])
    rights = {
        right: RightWords(
            verbs=patterns(words.get("verbs", "")),
            nouns=patterns(words.get("nouns", "")),
            phrases=patterns(words.get("phrases", "")),
            objects=patterns(words["objects"]) if "objects" in words else data,
        )
        for right in Right
        for words in [source[right.value]]
    }
    asks, please, reports = (
        patterns(source["asks"]),
        patterns(source["please"]),
        patterns(source["reports"], reach=_REPORT_REACH),
    )
    recipients = patterns(source["recipients"])
    return Vocabulary(
        language=language,
        asks=asks,
        please=please,
        negates=patterns(source["negates"]),
        negates_after=source.get("negates_after", False),
        conditions=patterns(source["conditions"]),
        mentions=patterns(source["mentions"]),
        reports=reports,
        recipients=recipients,
        data=data,
        rights=rights,
        naming=frozenset(each for words in rights.values() for each in (words.verbs, words.nouns, words.phrases)),
        beginnings=Beginnings(asks, please, reports, *(each for words in rights.values() for each in words.all())),
    )
