"""Citations of GDPR articles in the official languages, and the right that each one exercises.

Works on folded text. Word lists are of all languages at once: people write their letter in one language and copy "Art.
15 GDPR" from another.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dsr.domain.rights import Right

_ARTICLE = (
    r"(?:arts?|artt|articles?|artikel[ns]?|artiklen|artiklar(?:na)?|artikler(?:ne)?|articol\w*|articul\w*|articol[oi]|artig(?:o|os)"
    r"|artykul\w*|clan(?:ak|ek|ok|k\w+|c\w+)|clen\w*|cl|αρθ\w*|αρ|член\w*|чл|artikk\w*|artikl\w*|artikol\w*|artikul\w*"
    r"|airt(?:eaga?i?l\w*)?|alt|straipsn\w*|str|pant[sua]\w*|cikk\w*)"
)
_BEFORE = rf"(?<![\w]){_ARTICLE}\.?\s{{0,3}}"
_AFTER = (
    r"(?:straipsn\w*|str(?=\.)|art(?=\.(?!\s?\d))|pant\w*|cikk\w*|artikl\w*|artikk\w*|clen\w*|clan(?:ak|k\w+|ci\w*)"
    r"|artykul\w*)"
)
_AND = (
    r"(?:,|/|&|\+|and|or|und|oder|sowie|bzw\.?|et|ou|y|o|e|i|oraz|lub|ed?|a|nebo|alebo|ali|in|ter|u|jew|en|of|og|eller|och"
    r"|ja|tai|voi|ning|ir|ar|ba|arba|un|vai|es|es a|valamint|vagy|και|η|и|или|si|sau|agus|no|as well as)"
)
_TO = (
    r"(?:-|–|—|to|bis|until|through|a|al|au|ao|alle?|do|az|tot|t/m|till|til|kuni"
    r"|lidz|iki|εως|ως|до|pana la|la|go|go dti|sa)"
)
_PARAGRAPH = (
    r"(?:abs(?:atz|atzes)?\.?|abschnitt|nr\.?|para?(?:graph)?s?\.?|al(?:inea?s?)?\.?|alin(?:eat\w*)?\.?|apartados?|apdo\.?|numeros?"
    r"|n\.?\s?o?s?[.º°]?"
    r"|comm[ai]|co\.|ust(?:ep\w*)?\.?|odst(?:av\w*)?\.?|ods(?:ek\w*)?\.?|stk\.?|stykke\w*|led(?:en|et)?|lid|leden|punkt\w*|pkt\.?"
    r"|pct\.?|lg\.?|lo[ik]\w*|par\.|παρ\w*\.?|αλ\.|ал(?:инея)?\.?|пар(?:аграф\w*|\.)?|stav\w*\.?|st\.|paragraf\w*|mir|fhomhir|alt"
    r"|dal\w*|d\.|dala|dalas|momen\w*|mom\.?|koh[dt]\w*|sub|subparagraph)"
)
_PARAGRAPH_AFTER = (
    r"(?:koh[dt]\w*|daly?\w*|punkt\w*|bekezd\w*|odstav\w*|odsek\w*|loi\w*|lo?ig\w*|stav\w*|alin\w*|d(?=\.))"
)
_NUMBER = re.compile(r"\d")
_FIRST = re.compile(
    rf"{_BEFORE}(?P<number>\d{{1,3}})(?!\d)(?!/\d\d)"
    rf"|(?<![\w./])(?P<ordinal>\d{{1,3}})\.?\s?(?:-?(?:osi|[aeio]s|[oº°ª]))?\s?{_AFTER}(?!\w)"
)
_RANGE = re.compile(rf"\s*{_TO}\s*(?:{_ARTICLE}\.?\s*)?(?P<end>\d{{1,3}})(?![\d(])")
_PARA = re.compile(
    rf"\.?[\s,]*(?:-?(?:s|o|os|es|as|u|en|ban|ben|nak|nek)(?=\W)[\s,]*)?"
    rf"(?:\((?P<round>\d)\)|[./-](?P<dot>\d)(?!\d)|(?P<roman>iii?)(?!\w)"
    rf"|{_PARAGRAPH}\s*\(?(?P<word>\d)(?!\d)\)?|\(?(?P<after>\d)\)?\.?(?:\s*{_AND}\s*\(?(?P<also>\d)\)?\.?)?"
    rf"\s?(?:-?(?:os|es|as))?\s?{_PARAGRAPH_AFTER})"
)
_LETTER = re.compile(
    r"[\s,]*(?:\(([a-z])\)|(?:lit|lett|let|litera|litt|buchst(?:abe)?|letra|lettre|lettera|pkt|punkt\w*|point|bogstav|led|"
    r"pism\w*|pisme\w*|bod|bokst\w*|στοιχ\w*|буква|б|onder|sub|alakohda|punkts)\.?\s*\(?([a-zа-яα-ω])\)?)(?!\w)"
)
_NEXT_PARA = re.compile(rf"\.?\s*{_AND}\s*\(?(?P<number>\d)\)?(?![\d(])(?!\.\d)(?!\s*(?:{_AFTER}))")
_NEXT = re.compile(rf"(?:\s*{_AND}){{1,2}}\s*(?:{_ARTICLE}\.?\s*)?(?P<number>\d{{1,3}})(?!\d)")
_GDPR = re.compile(
    r"(?<!\w)(?:gdpr|uk-gdpr|dsgvo|ds-gvo|dsgv|rgpd|rpgd|avg|rodo|bdar|vdar|ikum|uldmaarus\w*|orzd|орзд|гдпр|γκπδ|ozzoou|oou|gkpd|nariad\w*|nariz\w*|rozporzadz\w*"
    r"|regulation|regulam\w*|regolam\w*|reglam\w*|reglement\w*|verordnung|verordening|forordning\w*|uredb\w*|asetu\w*"
    r"|tietosuoja-?asetu\w*|maarus\w*|regul[ae]\w*|reglament\w*|rendelet\w*|регламент\w*|κανονισμ\w*|dataskydds\w*"
    r"|databeskyttelsesf\w*|2016/679|rgdp|avg-?verordening|rialachan\w*|regolament\w*)"
)
_OTHER_LAW = re.compile(
    r"(?<!\w)(?:directiv\w*|richtlij?n\w*|direttiv\w*|dyrektyw\w*|smernic\w*|direktiv\w*|directiva|директив\w*|οδηγι\w*|iranyelv\w*"
    r"|treoir\w*|2002/58|95/46|charter|chart[ae]\w*|carta|karta|handvest|convention|konvention\w*|constitu\w*|grundgesetz\w*"
    r"|konstitu\w*|ustav\w*|code|codice|codigo|gesetz\w*|bdsg|ttdsg|tdddg|uwg|bgb|stgb|loi|ley|legge|lei|law|act|ustaw\w*"
    r"|zakon\w*|torveny\w*|закон\w*|νομο\w*|lag|lagen|lov|loven|lovens|wet|seadus\w*|laki|lain"
    r"|istatym\w*|likum\w*|legea|legii"
    r"|lopd\w*|lssi\w*|avtal\w*|contract|agreement|vertrag\w*|contrat\w*|terms|agb|echr|emrk|tfeu|aeuv|dsa"
    r"|digital services"
    r"|treaty|dohod\w*|umow\w*|smlouv\w*)(?!\w)"
)
_REACH = 45
"""Characters behind the last number in which the name of the law is looked for."""

RIGHT_OF: dict[int, Right] = {
    7: Right.CONSENT_WITHDRAWAL,
    13: Right.INFORMATION,
    14: Right.INFORMATION,
    15: Right.ACCESS,
    16: Right.RECTIFICATION,
    17: Right.ERASURE,
    18: Right.RESTRICTION,
    20: Right.PORTABILITY,
    21: Right.OBJECTION,
    22: Right.AUTOMATED_DECISION,
}
_EXERCISED: dict[int, frozenset[int]] = {
    # A bare article exercises its right, except 7: only 7(3) is the withdrawal. Other paragraphs are only cited:
    # 17(2) and (3), 15(4) and 20(4) bind or excuse the controller, 22(1) and (4) are what 15(1)(h) asks about.
    7: frozenset({3}),
    13: frozenset({0, 1, 2}),
    14: frozenset({0, 1, 2}),
    15: frozenset({0, 1, 2, 3}),
    16: frozenset({0, 1}),
    17: frozenset({0, 1}),
    18: frozenset({0, 1}),
    20: frozenset({0, 1, 2}),
    21: frozenset({0, 1, 2, 3, 5, 6}),
    22: frozenset({0, 1, 3}),
}


@dataclass(frozen=True)
class Citation:
    """One article named in a sentence."""

    article: int
    paragraphs: frozenset[int]
    """Paragraph; empty if none is named."""
    start: int
    end: int
    """Position in the sentence."""

    @property
    def right(self) -> Right | None:
        """The right that these paragraphs give; None if they give none."""
        named = self.paragraphs or frozenset({0})
        if self.article == 22 and 4 in named:
            return None
        return RIGHT_OF[self.article] if named & _EXERCISED.get(self.article, frozenset()) else None


def citations_in(sentence: str) -> list[Citation]:
    """Every single article of the GDPR that the folded sentence names; ranges and other laws are left out."""
    if _NUMBER.search(sentence) is None:
        return []
    return [citation for group in _groups(sentence) for citation in group]


def names_gdpr(text: str) -> bool:
    """Whether the folded text names the Regulation."""
    return _GDPR.search(text) is not None


def _groups(sentence: str) -> Iterator[list[Citation]]:
    """Articles listed together ("Art. 15, 17 und 20 DSGVO") share the law named after them."""
    at = 0
    while (first := _FIRST.search(sentence, at)) is not None:
        number = int(first["number"] or first["ordinal"])
        group, at = _listed(sentence, number, first.start(), first.end())
        if not _of_another_law(sentence[at : at + _REACH]):
            yield group


def _listed(sentence: str, number: int, start: int, end: int) -> tuple[list[Citation], int]:
    group: list[Citation] = []
    while True:
        if (span := _RANGE.match(sentence, end)) and int(span["end"]) > number + 1:
            end = span.end()  # "Articles 15 to 22" is the chapter, not a request
        else:
            paragraphs, end = _paragraphs(sentence, end)
            group.append(Citation(number, paragraphs, start, end))
        following = _NEXT.match(sentence, end)
        if following is None or not 1 <= int(following["number"]) <= 99:
            return group, end
        number, start, end = int(following["number"]), following.start("number"), following.end()


def _paragraphs(sentence: str, end: int) -> tuple[frozenset[int], int]:
    named: set[int] = set()
    while (found := _PARA.match(sentence, end)) is not None:
        named.update(int(number) if number.isdigit() else len(number) for number in found.groups() if number)
        end = found.end()
        while (letter := _LETTER.match(sentence, end)) is not None:
            end = letter.end()
        while (more := _NEXT_PARA.match(sentence, end)) is not None:
            named.add(int(more["number"]))
            end = more.end()
    return frozenset(named), end


def _of_another_law(behind: str) -> bool:
    other = _OTHER_LAW.search(behind)
    if other is None:
        return False
    ours = _GDPR.search(behind)
    return ours is None or other.start() < ours.start()
