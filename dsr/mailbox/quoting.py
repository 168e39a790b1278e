"""Separates the sender's own text from quoted earlier messages."""

import re

_QUOTED_LINE = re.compile(r"^\s{0,3}(?:>|\|\s)")
_SIGNATURE = re.compile(r"^-- ?$")
_ORIGINAL = re.compile(
    r"^\s*(?:-{2,}|_{5,})\s*(?:original|urspr|message d'origine|mensaje original|messaggio originale|mensagem original"
    r"|oorspronkelijk|oprindelig|wiadomo|původní|pôvodn|izvorn|originaln|izvirn|eredeti|mesaj|alkuper|algne|pradin"
    r"|sākotn|αρχικό|оригинал|messaġġ|teachtaireacht|antwort|reply)",
    re.IGNORECASE,
)
_UNDERLINE = re.compile(r"^\s*_{20,}\s*$")
_HEADER_LINE = re.compile(
    r"^\s*\*?(?:from|von|de|da|od|van|fra|från|lähettäjä|saatja|no|nuo|feladó|από|от|expéditeur|mittente|kimden"
    r"|sent|gesendet|envoyé|enviado|inviato|verzonden|sendt|skickat|wysłano|odesláno|odoslané|poslano|elküldve"
    r"|trimis|lähetetty|saadetud|nosūtīts|išsiųsta|στάλθηκε|изпратено|date|datum|datum|data|fecha)\s?:\*?\s",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r"\b(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|scrisse|escreveu|schreef|skrev|skrifaði|napisał[ao]?"
    r"|napsala?|napísala?|napisao|napisala|je napisal|írta|a scris|kirjoitti|kirjutas|rakstīja|parašė|rašė|έγραψε"
    r"|написа|kiteb|kitbet|scríobh)\b[^\n]{0,80}:\s*$",
    re.IGNORECASE,
)
_HAS_DATE = re.compile(r"\d{1,4}[./\-: ]|@|<")

_REPLY = re.compile(r"^\s*(?:\[[^\]]*\]\s*)?[^\W\d_]{1,4}\s?(?:\[\d+\])?\s?:", re.IGNORECASE)
_MAX_SUBJECT = 300


def own_subject(subject: str) -> str:
    """The beginning of a subject that the sender wrote; empty for that of a reply."""
    return "" if _REPLY.match(subject) else subject[:_MAX_SUBJECT]


def own_words(text: str) -> str:
    """Return the text without quoted messages and without what follows a signature mark.

    A forwarded message ("Forwarded message") is not a quotation, since the forwarded text is the letter.
    """
    kept: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if _starts_quotation(lines, number):
            break
        if _SIGNATURE.match(line) and any(own.strip() for own in kept):
            break
        if not _QUOTED_LINE.match(line):
            kept.append(line)
    return "\n".join(kept).strip()


def _starts_quotation(lines: list[str], number: int) -> bool:
    """Whether an earlier message starts at this line."""
    line = lines[number]
    if _ORIGINAL.match(line):
        return True
    # Some programs set the header of the old message below a rule or an empty line: From, Sent, To, Subject.
    below = number == 0 or not lines[number - 1].strip() or _UNDERLINE.match(lines[number - 1]) is not None
    if (
        below
        and _HEADER_LINE.match(line)
        and any(_HEADER_LINE.match(later) for later in lines[number + 1 : number + 4])
    ):
        return True
    # "On 3 May 2026, N. N. <n@example.org> wrote:" may be wrapped over two or three lines.
    for length in (1, 2, 3) if _HAS_DATE.search(line) else ():
        opening = " ".join(part.strip() for part in lines[number : number + length])
        if len(opening) < 300 and _ATTRIBUTION.search(opening):
            return "@" in opening or _quotes_follow(lines[number + length :])
    return False


def _quotes_follow(lines: list[str]) -> bool:
    """Whether the next non-empty line is quoted; without that, an attribution is an ordinary sentence."""
    following = next((line for line in lines if line.strip()), ">")
    return bool(_QUOTED_LINE.match(following))
