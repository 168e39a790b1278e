"""The words of each official language in which people exercise their rights: one TOML file per language.

How to write patterns stands in `dsr.mailbox.patterns`; what each key means, at the fields below.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dsr.domain.rights import Right
from dsr.mailbox.patterns import patterns

_REPORT_REACH = 18
"""Words between "have I you" and "sent", where the language puts the participle at the end of the sentence."""


@dataclass(frozen=True)
class RightWords:
    """How one right is asked for in one language."""

    verbs: re.Pattern[str]
    """Forms in which one asks for it (imperative, infinitive, "I object"); count together with an `objects` word."""
    nouns: re.Pattern[str]
    """Names of the right or of what is done; count only in a sentence that asks."""
    phrases: re.Pattern[str]
    """Count alone."""
    objects: re.Pattern[str]
    """What the verb has to be about: the language's `data` words unless the right has its own."""


@dataclass(frozen=True)
class Vocabulary:
    """One language."""

    language: str
    asks: re.Pattern[str]
    """I ask, I demand, I want, I exercise, hereby, please send."""
    please: re.Pattern[str]
    """Softeners that end a conditional clause: please."""
    negates: re.Pattern[str]
    """Not, never, instead of: the verb or noun that follows is not asked for."""
    negates_after: bool
    """The negation may also stand behind the verb (German: "löschen Sie sie nicht")."""
    conditions: re.Pattern[str]
    """If, in case: up to the next comma nothing is asked for."""
    mentions: re.Pattern[str]
    """As defined in, exception, existence of the right: what follows is only talked about."""
    reports: re.Pattern[str]
    """I sent you a request: the sentence tells of an earlier letter."""
    rights: dict[Right, RightWords]


@cache
def vocabulary(language: str) -> Vocabulary:
    """Read the words of one official language (ISO 639-1)."""
    source = tomllib.loads((files(__package__) / f"{language}.toml").read_text(encoding="utf-8"))
    data = source["data"]
    return Vocabulary(
        language=language,
        asks=patterns(source["asks"]),
        please=patterns(source["please"]),
        negates=patterns(source["negates"]),
        negates_after=source.get("negates_after", False),
        conditions=patterns(source["conditions"]),
        mentions=patterns(source["mentions"]),
        reports=patterns(source["reports"], reach=_REPORT_REACH),
        rights={
            right: RightWords(
                verbs=patterns(words.get("verbs", "")),
                nouns=patterns(words.get("nouns", "")),
                phrases=patterns(words.get("phrases", "")),
                objects=patterns(words.get("objects", data)),
            )
            for right in Right
            for words in [source[right.value]]
        },
    )
