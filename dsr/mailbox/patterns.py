"""The pattern language of the vocabularies, and its translation to regular expressions.

A pattern is one or more words. `*` stands for any letters (`delet*`), `…` for a few words between, `(a|b c)` for a
choice, `\\d` for a digit, `?` behind a letter or choice makes it optional, `(?!a|b)` behind a word forbids what would
follow. Patterns in a list are separated by commas. Spelling is folded.

A list becomes one expression. The possible beginnings of its matches are computed too, so that a text is searched only
where a word begins that way.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from dsr.mailbox.folding import fold

OPENING: Final = 5
"""Number of leading characters that select the patterns which may match at a word."""

_BETWEEN = r"[^\w]+"
_TOKEN = re.compile(r"\(\?!|\(|\)\??|\||…|\s+|[^()|\s…]+")
_ENDS = frozenset({")", ")?", "|", ","})
_FORBID, _OPEN, _GAP_SIGN = "(?!", "(", "…"
_NEVER = r"(?!)"
_WORD = re.compile(r"(?<!\w)\w")
_FIRST: Final = 2
"""Characters of a word by which most patterns are ruled out at once."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """Finds any pattern of a list as whole words in folded text."""

    source: str
    """The expression, as `re` reads it."""
    openings: frozenset[str]
    """Each match begins with one of these, of at most OPENING characters; the empty one stands for any letter."""

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """Compiled on first use, since a letter needs few of the 24 languages."""
        return re.compile(self.source)


def patterns(listed: str, reach: int = 7) -> Pattern:
    """One expression for a whole list; an empty list finds nothing.

    `…` stands for up to `reach` words.

    Raises ValueError on a parenthesis without its partner, and for a pattern that may begin with no letter.
    """
    # Possessive, and no character fits both parts: there is one way to read a text as words, so that a row of dashes
    # is not tried as any number of them.
    gap = rf"(?:[^\w]++\w++){{0,{reach}}}?[^\w]+"
    read = [each for each in _Reader(fold(listed).replace("...", "…")).lists() if each.expression]
    if not read:
        return Pattern(_NEVER, frozenset())
    choices = "|".join(each.expression.replace(_GAP_SIGN, gap) for each in read)
    openings = frozenset().union(*(each.openings.all for each in read))
    if not all(each[:1].isalnum() for each in openings if each):
        raise ValueError("a pattern begins with no letter or digit")
    return Pattern(rf"(?<!\w)(?:{choices})(?!\w)", openings)


def words_of(text: str) -> list[int]:
    """Where words of a folded text begin."""
    return [word.start() for word in _WORD.finditer(text)]


class Beginnings:
    """Positions in a text at which patterns may match, since a word begins there with one of their openings."""

    def __init__(self, *known: Pattern) -> None:
        by_opening: dict[str, set[Pattern]] = defaultdict(set)
        for pattern in known:
            for opening in pattern.openings:
                by_opening[opening].add(pattern)
        self._short = [(opening, some) for opening, some in by_opening.items() if len(opening) < _FIRST]
        self._by_first: dict[str, list[tuple[str, set[Pattern]]]] = defaultdict(list)
        for opening, some in by_opening.items():
            if len(opening) >= _FIRST:
                self._by_first[opening[:_FIRST]].append((opening, some))

    def possible(self, text: str, words: Sequence[int]) -> dict[Pattern, list[int]]:
        """Which of them may match in a folded text, and where, in order; `words` are where its words begin.

        A match of a pattern begins at one of these places and nowhere else. A place may stand there twice.
        """
        found: dict[Pattern, list[int]] = {}
        for start in words:
            for opening, some in (*self._by_first.get(text[start : start + _FIRST], ()), *self._short):
                if text.startswith(opening, start):
                    for pattern in some:
                        found.setdefault(pattern, []).append(start)
        return found


class _Openings:
    """The possible beginnings of the matches of an expression under construction."""

    def __init__(self, *growing: str) -> None:
        self._growing = set(growing)
        """Still open: the following characters belong to the opening too."""
        self._ended: set[str] = set()

    @property
    def all(self) -> frozenset[str]:
        """Each of them."""
        return frozenset(self._growing | self._ended)

    def then(self, other: "_Openings", *, optional: bool = False) -> None:
        """The other expression follows, or may."""
        before = self._growing
        self._ended |= {(one + two)[:OPENING] for one in before for two in other._ended}
        grown = {one + two for one in before for two in other._growing} | (before if optional else set())
        self._ended |= {each[:OPENING] for each in grown if len(each) >= OPENING}
        self._growing = {each for each in grown if len(each) < OPENING}

    def instead(self, other: "_Openings") -> None:
        """It is this expression or the other one."""
        self._growing |= other._growing
        self._ended |= other._ended

    def end(self) -> None:
        """What follows is not known letter by letter."""
        self._ended |= self._growing
        self._growing = set()


@dataclass(frozen=True)
class _Read:
    """A parsed part of a list."""

    expression: str
    openings: _Openings


class _Reader:
    """Recursive descent over the tokens of a list of patterns."""

    def __init__(self, listed: str) -> None:
        self._tokens: Iterator[str] = iter(_TOKEN.findall(listed.replace(",", " , ")))
        self._depth = 0

    def lists(self) -> list[_Read]:
        """Each pattern of the list."""
        found = []
        while True:
            sequence, closed_by = self._sequence()
            found.append(sequence)
            if closed_by == "":
                return found
            if closed_by != ",":
                raise ValueError(f"unexpected {closed_by!r} in a list of patterns")

    def _group(self) -> tuple[_Read, bool]:
        """The choices of a group, and whether it is optional."""
        choices, openings = [], _Openings()
        while True:
            sequence, closed_by = self._sequence()
            choices.append(sequence.expression)
            openings.instead(sequence.openings)
            if closed_by in {")", ")?"}:
                return _Read("|".join(choices), openings), closed_by == ")?"
            if closed_by != "|":
                raise ValueError("a parenthesis is not closed in a list of patterns")

    def _sequence(self) -> tuple[_Read, str]:
        """Words up to the token that ends them, and that token (empty at the end)."""
        words = _Words()
        for token in self._tokens:
            if token in _ENDS:
                return words.read(), token
            if token == _FORBID:
                words.forbid(self._group()[0].expression)
            elif token == _OPEN:
                words.choice(*self._group())
            elif token == _GAP_SIGN:
                words.gap()
            elif token.isspace():
                words.space()
            else:
                words.letters(token)
        return words.read(), ""


class _Words:
    """Builds the expression of one sequence of words, and what it begins with."""

    def __init__(self) -> None:
        self._built = ""
        self._word = ""
        self._optional = False
        self._gap = False
        self._openings = _Openings()
        self._begun = False
        """Whether a mandatory word was read."""
        self._of_word = _Openings("")

    def letters(self, token: str) -> None:
        self._join_optional()
        self._word += token.replace(".", r"\.").replace("*", r"\w*")
        for sign, mark in zip(token, [*token[1:], ""], strict=True):
            if sign in "*\\":
                self._of_word.end()
            elif sign != "?":
                self._of_word.then(_Openings(sign), optional=mark == "?")

    def choice(self, choices: _Read, optional: bool) -> None:
        self._join_optional()
        self._optional = optional and not self._word
        mark = "?" if optional and not self._optional else ""
        self._word += f"(?:{choices.expression}){mark}"
        self._of_word.then(choices.openings, optional=bool(mark))

    def _join_optional(self) -> None:
        """An optional choice turned out to be the beginning of a word, not a word of its own."""
        if self._optional:
            self._word += "?"
            self._of_word.instead(_Openings(""))
            self._optional = False

    def forbid(self, choices: str) -> None:
        self._word += rf"(?!{_BETWEEN}(?:{choices})(?!\w))"

    def gap(self) -> None:
        self.space()
        self._gap = True

    def space(self) -> None:
        if not self._word:
            return
        self._openings.end()
        if not self._begun:
            self._openings.instead(self._of_word)
            self._begun = not self._optional
        between = _GAP_SIGN if self._gap else _BETWEEN
        if not self._optional:
            self._built += (between if self._built and not self._opening() else "") + self._word
            self._gap = False
        elif self._built and not self._opening():
            self._built += f"(?:{between}{self._word})?"
        else:
            self._built += f"(?:{self._word}{_BETWEEN})?"
        self._word = ""
        self._optional = False
        self._of_word = _Openings("")

    def read(self) -> _Read:
        self.space()
        if not self._begun:
            self._openings.instead(_Openings(""))
        return _Read(self._built, self._openings)

    def _opening(self) -> bool:
        """So far only optional words, which bring their own space."""
        return self._built.endswith(f"{_BETWEEN})?")
