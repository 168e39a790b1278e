"""The words of each official language in which people exercise their rights: one TOML file per language.

How to write patterns stands in `dsr.mailbox.patterns`; what each key means, at the fields below.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dsr.domain.rights import Right
from dsr.mailbox.patterns import Beginnings, Pattern, patterns

_REPORT_REACH = 18
"""Words between "have I you" and "sent", where the language puts the participle at the end of the sentence."""


@dataclass(frozen=True)
class RightWords:
    """How one right is asked for in one language."""

    verbs: Pattern
    """Forms in which one asks for it (imperative, infinitive, "I object"); count together with an `objects` word."""
    nouns: Pattern
    """Names of the right or of what is done; count only in a sentence that asks."""
    phrases: Pattern
    """Count alone."""
    objects: Pattern
    """What the verb has to be about: the language's `data` words unless the right has its own."""

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
    """Not, never, instead of: the verb or noun that follows is not asked for."""
    negates_after: bool
    """The negation may also stand behind the verb (German: "löschen Sie sie nicht")."""
    conditions: Pattern
    """If, in case: up to the next comma nothing is asked for."""
    mentions: Pattern
    """As defined in, exception, existence of the right: what follows is only talked about."""
    reports: Pattern
    """I sent you a request: the sentence tells of an earlier letter."""
    rights: dict[Right, RightWords]
    naming: frozenset[Pattern]
    """Those of `rights` that name a right or what is done: a sentence without one asks for none."""
    beginnings: Beginnings
    """Which patterns may match where a word begins so: in most sentences few of them."""


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
    return Vocabulary(
        language=language,
        asks=asks,
        please=please,
        negates=patterns(source["negates"]),
        negates_after=source.get("negates_after", False),
        conditions=patterns(source["conditions"]),
        mentions=patterns(source["mentions"]),
        reports=reports,
        rights=rights,
        naming=frozenset(each for words in rights.values() for each in (words.verbs, words.nouns, words.phrases)),
        beginnings=Beginnings(asks, please, reports, *(each for words in rights.values() for each in words.all())),
    )
