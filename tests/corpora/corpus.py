"""The corpus of invented letters: labelled sentences, whole letters, and messages in a thread, by language.

A part is for learning, for weighing what was learned, or for testing, and each voice belongs to one of them.
docs/labels.md says what each label means. A file `<part>/<language>.txt` holds blocks: `## voice: …` with lines
`label: sentence`, then `=== letter` and `=== message` with a head, an empty line and the text. `# hand: 2` says that
one author wrote all that follows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Literal

from dsr.domain.request.message import MessageKind
from dsr.domain.rights import Right

Part = Literal["learning", "weighing", "testing"]
PARTS: Final[tuple[Part, ...]] = ("learning", "weighing", "testing")
FOLDER: Final = Path(__file__).parent
LANGUAGES: Final = tuple(sorted(path.stem for path in (FOLDER / "testing").glob("*.txt")))
"""ISO 639-1; Norwegian is `nb`."""

NOTHING: Final = frozenset(
    {
        *("thanks", "reminder", "dispute", "disclaimer", "negated", "conditional", "another", "law", "history"),
        *("quarrel", "contract", "service", "marketing", "authority", "phishing", "inquiry", "automatic", "small-talk"),
    }
)
"""Why a sentence or a letter asks for nothing."""

_LINE: Final = re.compile(r"([a-z/+-]+): (\S.*)")
_HEAD: Final = re.compile(r"([a-z]+): ?(.*)")


class Malformed(ValueError):
    """A line of the corpus that follows no rule, with its file and number."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants: rights, or nothing for a reason."""

    rights: frozenset[Right] = frozenset()
    nothing: str | None = None

    @classmethod
    def of(cls, label: str) -> "Wish":
        """Raises ValueError for an unknown label."""
        if label.startswith("none/"):
            reason = label.removeprefix("none/")
            if reason not in NOTHING:
                raise ValueError(label)
            return cls(nothing=reason)
        return cls(frozenset(Right(each) for each in label.split("+")))


@dataclass(frozen=True)
class Sentence:
    """One sentence of one voice."""

    language: str
    voice: str
    wish: Wish
    text: str
    hand: int
    """The author of what stands there: what one author wrote is alike, whatever the voice."""


@dataclass(frozen=True)
class Letter:
    """A whole letter that is no part of a thread."""

    language: str
    voice: str
    wish: Wish
    subject: str
    text: str
    hand: int
    """The author of what stands there: what one author wrote is alike, whatever the voice."""


@dataclass(frozen=True)
class Message:
    """A message on a case, and what it is (docs/law §9)."""

    language: str
    voice: str
    kind: MessageKind
    subject: str
    text: str


@dataclass
class Corpus:
    """One part."""

    sentences: list[Sentence] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


@cache
def corpus(part: Part) -> Corpus:
    """All languages of a part, in their order. Raises Malformed."""
    found = Corpus()
    for language in LANGUAGES:
        _read(FOLDER / part / f"{language}.txt", found)
    return found


def _read(path: Path, found: Corpus) -> None:
    voice, hand, hands, lines = "", 0, dict[str, int](), list(enumerate(path.read_text("utf-8").splitlines(), 1))
    while lines:
        number, line = lines.pop(0)
        try:
            if line.startswith("## voice: "):
                voice = line.removeprefix("## voice: ")
                hands[voice] = hand
            elif line.startswith("# hand: "):
                hand = int(line.removeprefix("# hand: "))
            elif line in ("=== letter", "=== message"):
                head = dict(_head(lines))
                text = "\n".join(_text(lines)).strip()
                if line == "=== letter":
                    wish = Wish.of(head["rights"])
                    found.letters.append(
                        Letter(path.stem, head["voice"], wish, head["subject"], text, hands[head["voice"]])
                    )
                else:
                    kind = MessageKind(head["is"])
                    found.messages.append(Message(path.stem, head["voice"], kind, head["subject"], text))
            elif line.strip():
                found.sentences.append(_sentence(path.stem, voice, hand, line.rstrip()))
        except (ValueError, KeyError) as wrong:
            raise Malformed(f"{path.parent.name}/{path.name}:{number}: {wrong}") from wrong


def _sentence(language: str, voice: str, hand: int, line: str) -> Sentence:
    match = _LINE.fullmatch(line)
    if match is None or not voice:
        raise ValueError(line)
    return Sentence(language, voice, Wish.of(match[1]), match[2], hand)


def _head(lines: list[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    while lines and lines[0][1].strip():
        match = _HEAD.fullmatch(lines.pop(0)[1].rstrip())
        if match is None:
            raise ValueError("a line of the head has the form `name: value`")
        yield match[1], match[2]


def _text(lines: list[tuple[int, str]]) -> Iterator[str]:
    while lines and not lines[0][1].startswith(("=== ", "## voice: ", "# hand: ")):
        yield lines.pop(0)[1]
