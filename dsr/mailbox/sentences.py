"""Splits a letter into sentences, within which an article, a verb and a negation belong together."""

import re
from dataclasses import dataclass

MAX_SENTENCE = 1_500
"""Characters; longer ones are cut, so that no pattern has to search far."""

_PARAGRAPH = re.compile(r"\n\s*\n")
_ITEM = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|\(?[a-zA-Zа-яα-ω][.)]|[-–—•*·▪o])\s+(?=\S)")
_END = re.compile(r"(?<=[.!?;…])[\"'”»)]*\s+|(?<=:)\s*\n")
_ABBREVIATED = re.compile(
    r"(?:['’]artt?|(?:^|[\s(])"
    r"(?:\w|art|artt|arts|abs|nr|no|num|núm|nº|n\.º|lit|lett|let|let|par|para|pár|pkt|ust|odst|ods|odsek|ods|čl|чл|ал|т"
    r"|αρ|άρθρ|παρ|στοιχ|stk|st|str|tšk|lg|art|cf|vgl|gem|iht|jf|jfr|enl|bzw|sog|inkl|evtl|ggf|usw|zb|bijv|resp|e\.g|i\.e|z\.b"
    r"|p\.ej|ej|d\.d|mr|mrs|ms|dr|hr|fr|sr|sra|prof|tel|sp|dl|dna|alin|pt|pct|ref|aka|kl|nn|m\.fl|bl\.a|t\.ex"
    r"|esim|ns|nk|pvz|t\.y|piem|utt|pl|ill|stb|tzv|např|napr|npr|oz|tj|m\.in|np|tzn|itp|в\.? ч))\.$",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"(?:^|[\s(]|\d\.)\d{1,3}\.$")


@dataclass(frozen=True)
class Sentence:
    """One sentence, or one item of a list together with the words that introduce the list."""

    text: str
    intro: str = ""
    """The sentence before the list, for an item; empty elsewhere."""


def sentences_of(text: str) -> list[Sentence]:
    """Cut the text at sentence ends, empty lines and list items; wrapped lines are joined."""
    found: list[Sentence] = []
    intro = ""
    for paragraph in _PARAGRAPH.split(text):
        for block, is_item in _blocks(paragraph):
            pieces = _split(block)
            if not is_item:
                intro = ""
            found.extend(Sentence(piece[:MAX_SENTENCE], intro if is_item else "") for piece in pieces)
            if not is_item and pieces and pieces[-1].endswith(":"):
                intro = pieces[-1][:MAX_SENTENCE]
    return found


def _blocks(paragraph: str) -> list[tuple[str, bool]]:
    """Runs of lines that belong together, each marked as a list item or not."""
    blocks: list[tuple[list[str], bool]] = []
    for line in paragraph.split("\n"):
        marker = _ITEM.match(line)
        if marker is not None:
            blocks.append(([line[marker.end() :]], True))
        elif blocks and not blocks[-1][0][-1].rstrip().endswith(":"):
            blocks[-1][0].append(line)
        else:
            blocks.append(([line], False))
    return [(" ".join(" ".join(lines).split()), is_item) for lines, is_item in blocks]


def _split(block: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for end in _END.finditer(block):
        before, after = block[start : end.start()], block[end.end() : end.end() + 1]
        if _ABBREVIATED.search(before[-12:]) or (_ORDINAL.search(before[-6:]) and not after.isupper()):
            continue
        pieces.append(before)
        start = end.end()
    pieces.append(block[start:])
    return [piece.strip() for piece in pieces if piece.strip()]
