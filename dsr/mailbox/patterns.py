"""The small language in which the vocabularies are written, and its translation to regular expressions.

A pattern is one or more words. `*` stands for any letters (`delet*`), `…` for a few words between, `(a|b c)` for a
choice, `?` behind a letter or choice makes it optional, `(?!a|b)` behind a word forbids what would follow.
Patterns in a list are separated by commas. Spelling is folded.
"""

import re
from collections.abc import Iterator

from dsr.mailbox.folding import fold

_BETWEEN = r"[^\w]+"
_TOKEN = re.compile(r"\(\?!|\(|\)\??|\||…|\s+|[^()|\s…]+")
_ENDS = frozenset({")", ")?", "|", ","})
_FORBID, _OPEN, _GAP_SIGN = "(?!", "(", "…"
_NEVER = re.compile(r"(?!)")


def patterns(listed: str, reach: int = 7) -> re.Pattern[str]:
    """One expression that finds any pattern of the list as whole words in folded text; nothing for an empty list.

    `…` stands for up to `reach` words.

    Raises ValueError on a parenthesis without its partner.
    """
    gap = rf"(?:[^\w]+[\w'-]+){{0,{reach}}}?[^\w]+"
    choices = [choice.replace(_GAP_SIGN, gap) for choice in _Reader(fold(listed).replace("...", "…")).lists() if choice]
    if not choices:
        return _NEVER
    return re.compile(rf"(?<!\w)(?:{'|'.join(choices)})(?!\w)")


class _Reader:
    """Recursive descent over the tokens of a list of patterns."""

    def __init__(self, listed: str) -> None:
        self._tokens: Iterator[str] = iter(_TOKEN.findall(listed.replace(",", " , ")))
        self._depth = 0

    def lists(self) -> list[str]:
        """Each pattern of the list."""
        found = []
        while True:
            sequence, closed_by = self._sequence()
            found.append(sequence)
            if closed_by == "":
                return found
            if closed_by != ",":
                raise ValueError(f"unexpected {closed_by!r} in a list of patterns")

    def _group(self) -> tuple[str, bool]:
        """The choices of a group, and whether it is optional."""
        choices = []
        while True:
            sequence, closed_by = self._sequence()
            choices.append(sequence)
            if closed_by in {")", ")?"}:
                return "|".join(choices), closed_by == ")?"
            if closed_by != "|":
                raise ValueError("a parenthesis is not closed in a list of patterns")

    def _sequence(self) -> tuple[str, str]:
        """Words up to the token that ends them, and that token (empty at the end)."""
        words = _Words()
        for token in self._tokens:
            if token in _ENDS:
                return words.expression(), token
            if token == _FORBID:
                words.forbid(self._group()[0])
            elif token == _OPEN:
                words.choice(*self._group())
            elif token == _GAP_SIGN:
                words.gap()
            elif token.isspace():
                words.space()
            else:
                words.letters(token)
        return words.expression(), ""


class _Words:
    """Builds the expression of one sequence of words."""

    def __init__(self) -> None:
        self._built = ""
        self._word = ""
        self._optional = False
        self._gap = False

    def letters(self, token: str) -> None:
        self._join_optional()
        self._word += token.replace(".", r"\.").replace("*", r"\w*")

    def choice(self, choices: str, optional: bool) -> None:
        self._join_optional()
        self._optional = optional and not self._word
        mark = "?" if optional and not self._optional else ""
        self._word += f"(?:{choices}){mark}"

    def _join_optional(self) -> None:
        """An optional choice turned out to be the beginning of a word, not a word of its own."""
        if self._optional:
            self._word += "?"
            self._optional = False

    def forbid(self, choices: str) -> None:
        self._word += rf"(?!{_BETWEEN}(?:{choices})(?!\w))"

    def gap(self) -> None:
        self.space()
        self._gap = True

    def space(self) -> None:
        if not self._word:
            return
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

    def expression(self) -> str:
        self.space()
        return self._built

    def _opening(self) -> bool:
        """So far only optional words, which bring their own space."""
        return self._built.endswith(f"{_BETWEEN})?")
