"""What a model tells the reader about a text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right


@dataclass(frozen=True)
class OwnText:
    """A text as a model reads it: what its sender wrote, without what he quotes."""

    sentences: Sequence[str]
    """The first ones, up to a limit."""
    subject: str
    own: str
    """All of the text."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The sentences, then the subject."""
        return (*self.sentences, self.subject)

    @property
    def length(self) -> int:
        """How many of them say something."""
        return sum(map(bool, self.texts))

    @property
    def whole(self) -> str:
        """The text as one line, its subject first."""
        return one_line(f"{self.subject}. {self.own}" if self.subject else self.own)


def one_line(text: str) -> str:
    """Without line breaks and other space between words."""
    return " ".join(text.split())


@dataclass(frozen=True)
class Estimate:
    """How likely a text asks for anything, and for each right."""

    asks: int
    """How likely the text asks for anything, in percent."""
    is_sure: bool
    """Whether that is enough for a suggestion. A false one costs a team more than a letter that it reads itself."""
    shares: Mapping[Right, int]
    """How likely a text that asks for anything asks for the right, in percent."""
    scores: Sequence[Mapping[Right, float]]
    """By text of `OwnText.texts`: how strongly it asks for each right."""


@dataclass(frozen=True)
class CitingLimits:
    """Percent from which a text that cites the law asks for the rights that the rules find."""

    in_words: int
    """Where the only sentence that suggests a right asks in words. If one of several asks so, the rules decide."""
    otherwise: int


class Scoring(Protocol):
    """A model: the linear one, or the one with the transformer."""

    @property
    def version(self) -> str:
        """Its name, which changes with the corpus and the code that learns."""

    @property
    def languages(self) -> Sequence[str]:
        """ISO 639-1, of the corpus."""

    @property
    def citing(self) -> CitingLimits:
        """Low limits: a missed request costs more than a false alarm."""

    def estimate(self, said: OwnText) -> Estimate:
        """Which rights a text asks for."""

    def kinds(self, own: str) -> Sequence[tuple[MessageKind, int]]:
        """What a message in a thread may be, and how likely that is, in percent; the likeliest first."""
