"""Statements of a letter: the markup of each, and the text that proves it was made."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Final

from markupsafe import Markup, escape

from dsr.catalogues import ENGLISH
from dsr.domain.request.kept import KeptGround
from dsr.domain.request.letters import is_blank
from dsr.domain.request.search_list import SearchResult
from dsr.domain.ropa import Authority, Wording, wording_in
from dsr.letters.fields import (
    FROM_HEAD,
    CalendarDate,
    ClockEffect,
    Coded,
    ComplaintTo,
    Costs,
    Count,
    Entry,
    FreeText,
    KeptData,
    KeptEntry,
    LetterFields,
    Methods,
    Money,
    Nothing,
    Package,
    Processed,
    RefusedItem,
    Searched,
    SearchEntry,
    Statement,
    Things,
)
from dsr.letters.sentences import (
    BACKUP_UNTIL,
    CLOCK,
    CODED,
    COSTS,
    FIXED,
    FOUND,
    KEPT,
    METHODS,
    N_,
    NOTHING,
    OTHER_ACTIVITY,
    OWN_FILES,
    PROCESSED,
    PROOF_OF_REQUEST,
    RIGHTS,
    SEARCHED,
    SUPPRESSED,
    SUPPRESSION_ENTRY,
    WITHHELD,
    StandardSentence,
    nothing,
)
from dsr.letters.words import LetterLanguage

FITTING: Final[dict[str, tuple[type, ...]]] = {
    "new-date": (CalendarDate,),
    "asked-on": (CalendarDate,),
    "without-answer": (CalendarDate,),
    "operation-date": (CalendarDate,),
    "forwarded-on": (CalendarDate,),
    "offer-ends": (CalendarDate,),
    "amount": (Money,),
    "cost-basis": (Costs,),
    "authority": (ComplaintTo,),
    "complaint": (ComplaintTo,),
    "processed-or-not": (Processed,),
    "recipients-told": (Coded, FreeText, Things, Nothing),
    "ground": (Coded,),
    "operation": (Coded,),
    "ending": (Coded,),
    "warning": (Coded,),
    "effect-on-clock": (ClockEffect,),
    "minimum-asked": (Methods, FreeText),
    "alternatives": (Methods, FreeText, Nothing),
    "working-days": (Count,),
    "password": (FreeText,),
    "link-ends": (CalendarDate,),
    "copy": (Package, FreeText),
    "export": (Package, FreeText),
    "searched": (Searched, FreeText),
    "kept-and-why": (KeptData, Nothing),
    "when": (CalendarDate, FreeText),
    **dict.fromkeys(FIXED, (FreeText,)),
}
"""Value types of statement codes; any other code takes text, a list, or `Nothing` if `NOTHING` has a sentence."""

OF_REFUSALS: Final = ("reasons", "facts", "provision")
"""Statements made by each refusal separately."""

_PARAGRAPHS: Final = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_UNSEEN: Final = re.compile(
    # Control characters, bidirectional controls, and lone surrogates.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Text of other people made safe for a letter: line breaks are `\\n`, and control characters are removed."""
    broken = re.sub("\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)
    return _UNSEEN.sub("", broken).replace("\t", " ").strip()


@dataclass(frozen=True, repr=False)
class Said:
    """A statement in one language."""

    markup: Markup
    proof: tuple[str, ...]
    """Texts that must all appear in the letter; spaces and line breaks do not matter."""
    inline: bool = False
    """True for a part of a sentence, without paragraphs of its own."""

    def marked(self, code: str) -> Markup:
        """The markup with the mark that identifies the statement."""
        if self.inline:
            return Markup('<span data-says="{}">{}</span>').format(code, self.markup)
        return Markup('<div data-says="{}">{}</div>').format(code, self.markup)


@dataclass(frozen=True, repr=False)
class RefusalText:
    """One refusal for a template."""

    title: str
    """The right; empty if the person could not be identified."""
    extent: Markup
    """The refused part as a list; empty if everything is refused."""
    withheld: bool
    """A law forbids telling the reasons: in their place, and in that of the facts, stands a sentence that says so."""
    tells_provision: bool
    reasons: Markup
    facts: Markup
    provision: Markup


class Unsaid(LookupError):
    """A template uses a statement without a value; the message is its code."""


class Speaker:
    """Renders the statements of one letter in one language. Raises Untranslated for a missing sentence."""

    def __init__(self, fields: LetterFields, words: LetterLanguage) -> None:
        self._fields = fields
        self._words = words

    def has(self, code: str) -> bool:
        """Whether the code has a value."""
        fields = self._fields
        if code in FROM_HEAD:
            return not is_blank(self._head(code))
        if code in OF_REFUSALS and fields.refused:
            told = (each for each in fields.refused if not each.withheld)
            return not any(is_blank(clean(_words_of(_of(each, code)))) for each in told)
        given = fields.statements.get(code)
        return code in FIXED if given is None else _fits(code, given)

    def is_nothing(self, code: str) -> bool:
        """Whether the value is `Nothing`, which the letter states."""
        return isinstance(self._fields.statements.get(code), Nothing)

    def is_day(self, code: str) -> bool:
        """Whether the statement is a date within a sentence."""
        return isinstance(self._fields.statements.get(code), CalendarDate)

    def say(self, code: str) -> Markup:
        """The statement with its mark. Raises Unsaid if `has` is false."""
        return self._said(code).marked(code)

    def proof(self, code: str) -> tuple[str, ...]:
        """Text that must appear in the letter for the statement to count."""
        if code in OF_REFUSALS and self._fields.refused:
            return tuple(words for each in self._fields.refused for words in self._refused(each, code).proof)
        return self._said(code).proof

    def refusals(self) -> tuple[RefusalText, ...]:
        """Each refusal of the letter."""
        return tuple(map(self._refused_part, self._fields.refused))

    def count(self, code: str) -> int:
        """The number that a statement gives. Raises Unsaid."""
        given = self._fields.statements.get(code)
        if not isinstance(given, Count):
            raise Unsaid(code)
        return given.number

    def rights(self) -> tuple[str, ...]:
        """The rights of the letter, each with its provision."""
        return tuple(self._sentence(RIGHTS[right]) for right in self._fields.rights)

    def provision(self, text: str) -> str:
        """A provision in the citation style of the language."""
        return self._words.provision(text, regime=self._fields.sender.regime)

    def _head(self, code: str) -> object:
        fields = self._fields
        return {
            "case-reference": clean(fields.reference),
            "arrival-date": fields.received_on.isoformat(),
            "rights-understood": fields.rights,
            "due-date": fields.due_on and fields.due_on.isoformat(),
            "contact": clean(fields.sender.mailbox),
        }[code]

    def _said(self, code: str) -> Said:
        if code in FROM_HEAD:
            return self._said_from_head(code)
        given = self._fields.statements.get(code)
        if code in FIXED:
            fixed = _paragraph(self._sentence(FIXED[code]))
            return fixed if given is None else _beside(fixed, self._made(code, given))
        if given is None:
            raise Unsaid(code)
        return self._made(code, given)

    def _said_from_head(self, code: str) -> Said:
        fields, words = self._fields, self._words
        if code == "rights-understood":
            return self._list((text, ()) for text in self.rights())
        if code == "arrival-date":
            return _inline(words.day(fields.received_on))
        if code == "due-date":
            if fields.due_on is None:
                raise Unsaid(code)
            return _inline(words.day(fields.due_on))
        return _inline(clean(fields.reference if code == "case-reference" else fields.sender.mailbox))

    def _made(self, code: str, given: Statement) -> Said:  # noqa: PLR0912 - one line for each kind of statement
        words = self._words
        match given:
            case FreeText():
                return self._quoted(given)
            case CalendarDate():
                return _inline(words.day(given.date))
            case Money():
                return _inline(words.money(given.amount, given.currency))
            case Count():
                return _inline(words.number(given.number))
            case Costs():
                currency = given.currency
                return self._list(
                    (words(COSTS[each.kind]), (words.money(each.amount, currency),)) for each in given.lines
                )
            case Coded():
                return _paragraph(self._sentence(CODED[code][given.code]))
            case ComplaintTo():
                return self._authority(given.authority)
            case Things():
                in_english = self._words.language == ENGLISH and given.english
                return self._list(map(self._entry, given.english if in_english else given.entries))
            case Nothing():
                return _paragraph(words(nothing(self._fields.kind, code)))
            case Processed():
                return _paragraph(words(PROCESSED[given.yes]))
            case ClockEffect():
                return _paragraph(words(CLOCK[given.stands_still]))
            case Methods():
                listed = self._list((words(METHODS[method]), ()) for method in given.methods)
                return listed if given.note is None else _beside(listed, self._quoted(given.note))
            case Package():
                return self._package(given)
            case Searched():
                return self._searched(given)
            case KeptData():
                return self._list(map(self._kept, given.entries))

    def _quoted(self, given: FreeText) -> Said:
        """In the English part, untranslated text is quoted and marked as such."""
        here, original = self._words.language, self._fields.language
        if here == ENGLISH and original != ENGLISH:
            if given.english is not None and not is_blank(clean(given.english)):
                return _paragraphs(given.english)
            said = _paragraphs(given.text)
            note = f"Original wording ({self._words.name_of(original)}):"
            markup = Markup('<p>{}</p><div lang="{}">{}</div>').format(note, _tag(original), said.markup)
            return Said(markup, said.proof)
        return _paragraphs(given.text)

    def _entry(self, entry: Entry) -> tuple[str, tuple[str, ...]]:
        words, name = self._words, clean(self._of_record(entry.name))
        if entry.on is not None:
            name = words(N_("%(name)s (on %(date)s)"), name=name, date=words.day(entry.on))
        if entry.note is None:
            return name, ()
        note = entry.note
        english = words.language == ENGLISH and note.english is not None and not is_blank(clean(note.english))
        return name, tuple(_split(note.english if english and note.english else note.text))

    def _authority(self, authority: Authority) -> Said:
        words = self._words
        country = words.country(authority.country)
        lines = [authority.name, *authority.address[:-1], country]
        if words.language == ENGLISH and authority.name_en != authority.name:
            lines.insert(1, f"({authority.name_en})")
        reached = [words(N_("Telephone: %(number)s"), number=authority.phone)] if authority.phone else []
        reached += [words(N_("E-mail: %(address)s"), address=authority.email)] if authority.email else []
        page = authority.complaint_url or authority.web
        proof = (authority.name, *authority.address[:-1], country)
        markup = Markup("<br>").join([*lines, *reached, Markup('<a href="{0}">{0}</a>').format(page)])
        return Said(Markup("<address>{}</address>").format(markup), tuple(map(clean, proof)))

    def _package(self, given: Package) -> Said:
        words = self._words
        if given.link is None:
            return _paragraph(words(N_("It comes with this letter.")))
        link = Markup('<a href="{0}">{0}</a>').format(given.link)
        second = words(N_("To open it you need a password, which we give you separately."))
        if given.until is None:
            first = escape(words.gettext(N_("You can download it here: %(link)s"))) % {"link": link}
            return Said(Markup("<p>{}</p><p>{}</p>").format(first, second), (given.link, second))
        until = words.day(given.until)
        message = escape(words.gettext(N_("You can download it here until %(date)s: %(link)s")))
        first = message % {"date": until, "link": link}
        return Said(Markup("<p>{}</p><p>{}</p>").format(first, second), (given.link, until, second))

    def _kept(self, each: KeptEntry) -> tuple[str, tuple[str, ...]]:
        words = self._words
        match each.ground:
            case KeptGround.CASE_FILE:
                return words(OWN_FILES), (self._sentence(PROOF_OF_REQUEST),)
            case KeptGround.SUPPRESSION_ENTRY:
                return words(SUPPRESSION_ENTRY), (self._sentence(SUPPRESSED),)
            case KeptGround.OTHER_ACTIVITY:
                purpose = clean(self._of_record(each.purpose))
                why = words(OTHER_ACTIVITY, purpose=purpose, provision=self.provision(each.provision))
            case KeptGround.BACKUP_UNTIL:
                why = words(BACKUP_UNTIL, date="" if each.until is None else words.day(each.until))
            case _:
                why = self._sentence(KEPT[each.ground])
        in_english = each.english if words.language == ENGLISH else None
        return clean(in_english or self._of_record(each.what)), (why,)

    def _searched(self, given: Searched) -> Said:
        words, said = self._words, []
        left_out = [each for each in given.systems if each.result is SearchResult.LEFT_OUT]
        searched = [each for each in given.systems if each.result is not SearchResult.LEFT_OUT]
        if searched:
            said += [_paragraph(words(SEARCHED["searched"])), self._list(map(self._searched_system, searched))]
        if left_out:
            said += [_paragraph(words(SEARCHED["left-out"])), self._list(map(self._left_out, left_out))]
        if given.groups_not_searched:
            groups = self._list((clean(self._of_record(each)), ()) for each in given.groups_not_searched)
            said += [_paragraph(words(SEARCHED["groups"])), groups]
        if not given.copy_is_whole:
            said.append(_paragraph(words(SEARCHED["in-package"])))
        if given.is_whole:
            said.append(_paragraph(words(SEARCHED["nothing-left-out"])))
        return reduce(_beside, said)

    def _searched_system(self, each: SearchEntry) -> tuple[str, tuple[str, ...]]:
        name, _ = self._entry(Entry(each.name or self._words(OWN_FILES), on=each.on))
        return name, (self._words(FOUND[each.result]),)

    def _left_out(self, each: SearchEntry) -> tuple[str, tuple[str, ...]]:
        if each.reason is None:
            return self._words(OWN_FILES), (self._sentence(PROOF_OF_REQUEST),)
        return self._entry(Entry(each.name, note=each.reason))

    def _list(self, entries: Iterable[tuple[str, tuple[str, ...]]]) -> Said:
        """A list of entries, each a name with paragraphs of details."""
        made, proof = [], []
        for name, notes in entries:
            first = self._words(N_("%(name)s: %(text)s"), name=name, text=notes[0]) if notes else name
            lines = Markup("<br>").join(map(_broken, [first, *notes[1:]]))
            made.append(Markup("<li>{}</li>").format(lines))
            proof += [name, *notes]
        return Said(Markup("<ul>{}</ul>").format(Markup().join(made)), tuple(proof))

    def _refused_part(self, each: RefusedItem) -> RefusalText:
        named = [(clean(self._of_record(name)), ()) for name in each.extent]
        extent = self._list(named).markup if named else Markup()
        return RefusalText(
            title=self._sentence(RIGHTS[each.right]) if each.right else "",
            extent=extent,
            withheld=each.withheld,
            tells_provision=not is_blank(each.provision),
            **{code: self._refused(each, code).marked(code) for code in OF_REFUSALS},
        )

    def _refused(self, each: RefusedItem, code: str) -> Said:
        given = _of(each, code)
        if each.withheld and (code != "provision" or is_blank(_words_of(given))):
            return _paragraph(self._sentence(WITHHELD))
        return self._quoted(given) if isinstance(given, FreeText) else _inline(self.provision(clean(given)))

    def _of_record(self, text: str) -> str:
        """A text of the record of processing in the language of this part, else in English, which the letter then says;
        any other text as it is.
        """
        record, words = self._fields.record, self._words
        if text not in record.others:
            return text
        others = (Wording(language, said) for language, said in record.others[text].items())
        said = wording_in(words.language, text, own=record.language, others=others)
        return said.text if said.language in ("", words.language) else words.marked(said.text, said.language)

    def _sentence(self, sentence: StandardSentence) -> str:
        if sentence.provision is None:
            return self._words(sentence.message)
        return self._words(sentence.message, provision=self.provision(sentence.provision))


def _fits(code: str, given: Statement) -> bool:
    """Whether the value has a type that the code takes, and is not blank."""
    if not isinstance(given, FITTING.get(code, (FreeText, Things, Nothing))):
        return False
    match given:
        case FreeText():
            return not is_blank(clean(given.text))
        case Things():
            return bool(given.entries) and not any(is_blank(clean(entry.name)) for entry in given.entries)
        case Nothing():
            return code in NOTHING
        case Coded():
            return given.code in CODED[code]
        case Costs():
            return bool(given.lines)
        case Methods():
            return bool(given.methods)
        case Searched():
            return bool(given.systems)
        case KeptData():
            return bool(given.entries) and not given.may_be_more
        case ComplaintTo():
            return not is_blank(given.authority.name) and len(given.authority.address) > 1
        case _:
            return True


def _of(refused: RefusedItem, code: str) -> FreeText | str:
    match code:
        case "reasons":
            return refused.reasons
        case "facts":
            return refused.facts
        case _:
            return refused.provision


def _words_of(given: FreeText | str) -> str:
    return given.text if isinstance(given, FreeText) else given


def _inline(text: str) -> Said:
    return Said(escape(text), (text,), inline=True)


def _paragraph(text: str) -> Said:
    return Said(Markup("<p>{}</p>").format(text), (text,))


def _paragraphs(text: str) -> Said:
    paragraphs = _split(text)
    markup = Markup().join(Markup("<p>{}</p>").format(_broken(each)) for each in paragraphs)
    return Said(markup, tuple(paragraphs))


def _beside(first: Said, second: Said) -> Said:
    return Said(first.markup + second.markup, first.proof + second.proof)


def _split(text: str) -> list[str]:
    return [part for part in map(str.strip, _PARAGRAPHS.split(clean(text))) if part]


def _broken(text: str) -> Markup:
    return Markup("<br>").join(text.split("\n"))


def _tag(language: str) -> str:
    return language if language.isascii() and language.isalpha() else "und"
