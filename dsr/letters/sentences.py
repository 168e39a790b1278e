"""Standard sentences of letters, by code; templates hold all other text.

Catalogues translate from English; `N_` marks a sentence for them. `%(provision)s` is replaced by the provision beside
the sentence, in the citation style of the language.
"""

from dataclasses import dataclass
from typing import Final

from dsr.domain.request.kept import KeptGround
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.standing import CostKind
from dsr.domain.request.values import IdentityMethod
from dsr.domain.rights import Right


def N_(message: str) -> str:  # noqa: N802 - the mark that extractors of messages look for
    """Mark a sentence for the catalogues."""
    return message


@dataclass(frozen=True)
class StandardSentence:
    """A sentence, and the provision that it cites."""

    message: str
    provision: str | None = None


FIXED: Final[dict[str, StandardSentence]] = {
    "may-black-out": StandardSentence(
        N_("If you send a document, you may black out everything in it that is not needed for this check.")
    ),
    "deleted-after-check": StandardSentence(
        N_("We use what you send only to check who is asking, and delete it as soon as the check is done.")
    ),
    "full-answer-remains-available": StandardSentence(
        N_("You do not have to narrow anything down: if you tell us that you want everything, you get the full answer.")
    ),
    "right-to-withdraw": StandardSentence(
        N_("Instead of paying you can withdraw your request, or part of it. That costs you nothing.")
    ),
    "judicial-remedy": StandardSentence(
        N_(
            "Independently of that, you have the right to go to court if you consider that your rights under data "
            "protection law have been infringed (%(provision)s)."
        ),
        "GDPR Art. 79",
    ),
    "rights": StandardSentence(
        N_(
            "You have the right to ask us to rectify or erase your personal data or to restrict its processing, and "
            "the right to object to its processing (%(provision)s)."
        ),
        "GDPR Art. 16, 17, 18, 21",
    ),
    "nothing-erased": StandardSentence(
        N_("This has not erased anything. You still have the right to have your data erased (%(provision)s)."),
        "GDPR Art. 17, 20(3)",
    ),
    "schema": StandardSentence(
        N_(
            "The package holds your data as JSON files, with a description of every field (JSON Schema), so that other "
            "services can read it."
        )
    ),
}
"""Fixed sentences of any case, by statement code."""

NOTHING: Final[dict[str, str]] = {
    "alternatives": N_("If this does not suit you, write to us: we will find another way with you."),
    "kept-and-why": N_("We kept nothing of it."),
    "recipients-told": N_("We had not passed on this data, so there was nobody else to tell."),
    "recipients": N_("We have disclosed your data to nobody."),
    "source": N_("We have all of this data from you, and none of it from others."),
    "automated-decisions": N_(
        "We make no decision about you that is based solely on automated processing, including profiling."
    ),
    "transfer-safeguards": N_(
        "Your data is transferred neither to a third country nor to an international organisation."
    ),
    "direct-transfer": N_("We have not transmitted your data directly to another controller."),
    "decision-or-none": N_("We have made no decision about you that is based solely on automated processing."),
    "reviewer": N_("So there was no decision that a person would have had to review."),
    "result": N_("Nothing changes for you."),
    "redaction-summary": N_("Nothing was left out of the text."),
}
"""Sentences for `Nothing`, by statement code."""

_NOTHING_KEPT: Final[dict[LetterKind, str]] = {
    LetterKind.RECTIFICATION: N_("We go on storing this data as corrected; none of it stays as it was."),
    LetterKind.RESTRICTION: N_("We go on storing all of this data; its processing is restricted without exception."),
    LetterKind.OBJECTION: N_("We no longer carry out any of the processing to which you objected."),
    LetterKind.CONSENT_WITHDRAWAL: N_("We no longer carry out any processing that relied on this consent."),
}
"""Sentences for `Nothing` under `kept-and-why`, if the controller keeps the data."""


def nothing(kind: LetterKind, code: str) -> str:
    """The sentence for `Nothing` under a code of `NOTHING`, for this kind of letter."""
    return _NOTHING_KEPT.get(kind, NOTHING[code]) if code == "kept-and-why" else NOTHING[code]


WITHHELD: Final = StandardSentence(
    N_("The law does not allow us to give you the reasons for this (%(provision)s)."), "GDPR Art. 23(2)(h)"
)
"""In place of the reasons and facts of a refusal that a law forbids to tell."""

CODED: Final[dict[str, dict[str, StandardSentence]]] = {
    "ground": {
        "manifestly-unfounded": StandardSentence(
            N_("Your request is manifestly unfounded (%(provision)s)."), "GDPR Art. 12(5)(a)"
        ),
        "manifestly-excessive": StandardSentence(
            N_("Your requests are manifestly excessive (%(provision)s)."), "GDPR Art. 12(5)(a)"
        ),
        "further-copy": StandardSentence(
            N_("You ask for a further copy; only the first copy is free of charge (%(provision)s)."), "GDPR Art. 15(3)"
        ),
        "complexity": StandardSentence(N_("Your request is complex (%(provision)s)."), "GDPR Art. 12(3)"),
        "number-of-requests": StandardSentence(
            N_("We have received a number of requests (%(provision)s)."), "GDPR Art. 12(3)"
        ),
    },
    "ending": {
        "moot": StandardSentence(
            N_(
                "A decision on your request would no longer change anything, so we are closing it without one "
                "(%(provision)s)."
            ),
            "GDPR Art. 12(4)",
        ),
        "not-a-request": StandardSentence(
            N_(
                "We treated your message as a request under data protection law. It is not one, so we are taking no "
                "action on it (%(provision)s)."
            ),
            "GDPR Art. 12(4)",
        ),
    },
    "operation": {
        "rectification": StandardSentence(N_("We have rectified personal data (%(provision)s)."), "GDPR Art. 16"),
        "erasure": StandardSentence(N_("We have erased personal data (%(provision)s)."), "GDPR Art. 17"),
        "restriction": StandardSentence(
            N_("We have restricted the processing of personal data (%(provision)s)."), "GDPR Art. 18"
        ),
    },
    "recipients-told": {
        "nobody-told": StandardSentence(N_("We have told nobody else of this.")),
    },
    "warning": {
        "deadline-approaching": StandardSentence(N_("The date by which an answer is due is approaching.")),
        "promise-missed": StandardSentence(
            N_("The date that the privacy notice promises has passed without an answer.")
        ),
        "statutory-date-missed": StandardSentence(
            N_("The date that the law sets has passed without an answer (%(provision)s)."), "GDPR Art. 12(3)"
        ),
        "acknowledgement-overdue": StandardSentence(N_("The request has not been acknowledged in time.")),
        "message-overdue": StandardSentence(N_("A message of the person waits to be examined.")),
        "reply-approaching": StandardSentence(N_("The reply to the person's message is due soon.")),
        "reply-missed": StandardSentence(N_("The reply to the person's message has not been sent in time.")),
        "identity-unanswered": StandardSentence(
            N_("The question about identity was not answered: decide whether the case is closed as unidentified.")
        ),
        "restriction-review-due": StandardSentence(
            N_("Somebody has to check whether the restriction is still needed.")
        ),
        "recipients-untold": StandardSentence(
            N_("Recipients of the data have not yet been told what was done (%(provision)s)."), "GDPR Art. 19"
        ),
        "fee-expired": StandardSentence(
            N_(
                "The fee was not paid by the last day of its offer: decide whether the request is answered free of"
                " charge or refused."
            )
        ),
        "export-expired": StandardSentence(N_("The link to an export has expired.")),
        "letter-failed": StandardSentence(N_("A letter could not be delivered.")),
    },
}
"""Sentences for `Coded`, by statement code and value."""

PROCESSED: Final = {
    True: N_("Yes, we process personal data concerning you."),
    False: N_("We have looked for personal data concerning you in our systems and found none."),
}

KEPT: Final[dict[KeptGround, StandardSentence]] = {
    KeptGround.REFUSED_PART: StandardSentence(N_("We refused this part of your request; our reasons are given below.")),
    KeptGround.HOLD: StandardSentence(
        N_("We have to keep this data for legal claims or because of a legal duty (%(provision)s)."),
        "GDPR Art. 17(3)(b), 17(3)(e)",
    ),
    KeptGround.RESTRICTED: StandardSentence(
        N_("The processing of this data is restricted: we only store it (%(provision)s)."), "GDPR Art. 18(2)"
    ),
    KeptGround.NOT_ASKED: StandardSentence(N_("You did not ask us about this.")),
}
"""Why a thing was kept, after its name; grounds with facts of their own follow below."""

OTHER_ACTIVITY: Final = N_("We still process this data for another purpose: %(purpose)s (%(provision)s).")
BACKUP_UNTIL: Final = N_("This data stays in backups, which are used for nothing else, until %(date)s.")
SUPPRESSION_ENTRY: Final = N_("A code made from your contact details, from which they cannot be recovered")
SUPPRESSED: Final = StandardSentence(
    N_("We keep it so that you receive no more direct marketing (%(provision)s)."), "GDPR Art. 21(3)"
)

SEARCHED: Final = {
    "searched": N_("We searched these systems:"),
    "left-out": N_("We left these out:"),
    "groups": N_("We did not search the data of these groups of people, because you do not belong to them:"),
    "in-package": N_("The package itself lists what was taken out of it, and why."),
    "nothing-left-out": N_("Nothing was left out."),
}
"""What was searched, and what was left out."""

FOUND: Final = {
    SearchResult.FOUND: N_("data about you was found"),
    SearchResult.NOTHING: N_("no data about you was found"),
}
"""How the search of a system ended, after its name."""

OWN_FILES: Final = N_("The file on your request")
"""The name of the case files of the privacy team."""

PROOF_OF_REQUEST: Final = StandardSentence(
    N_("We keep it as proof of how we answered you (%(provision)s)."), "GDPR Art. 17(3)(b), 17(3)(e)"
)
"""Why the case files of an erasure are left out."""

CLOCK: Final = {
    True: N_("The time limit for our answer stands still from the day of this letter until we have what we need."),
    False: N_("The time limit for our answer keeps running meanwhile."),
}

METHODS: Final[dict[IdentityMethod, str]] = {
    IdentityMethod.KNOWN_FACTS: N_("Answer a few questions about facts that only you and we know."),
    IdentityMethod.REPLY_FROM_ADDRESS_ON_FILE: N_("Write to us from the e-mail address that we have on file for you."),
    IdentityMethod.ONE_TIME_CODE: N_(
        "Tell us the one-time code that we send to the address or number we have on file."
    ),
    IdentityMethod.ACCOUNT_LOGIN: N_("Sign in to your account and confirm the request there."),
    IdentityMethod.CALL_BACK: N_("Let us call you back at the telephone number that we have on file."),
    IdentityMethod.ELECTRONIC_IDENTIFICATION: N_("Use a means of electronic identification, such as an eID card."),
    IdentityMethod.IN_PERSON: N_("Come to our office in person."),
    IdentityMethod.DOCUMENT_COPY: N_("Send us a copy of an official document that shows your name."),
}

RIGHTS: Final[dict[Right, StandardSentence]] = {
    Right.ACCESS: StandardSentence(N_("access to your personal data (%(provision)s)"), "GDPR Art. 15"),
    Right.RECTIFICATION: StandardSentence(N_("rectification of your personal data (%(provision)s)"), "GDPR Art. 16"),
    Right.ERASURE: StandardSentence(N_("erasure of your personal data (%(provision)s)"), "GDPR Art. 17"),
    Right.RESTRICTION: StandardSentence(
        N_("restriction of the processing of your personal data (%(provision)s)"), "GDPR Art. 18"
    ),
    Right.PORTABILITY: StandardSentence(N_("portability of your personal data (%(provision)s)"), "GDPR Art. 20"),
    Right.OBJECTION: StandardSentence(
        N_("objection to the processing of your personal data (%(provision)s)"), "GDPR Art. 21"
    ),
    Right.AUTOMATED_DECISION: StandardSentence(
        N_("review of an automated decision (%(provision)s)"), "GDPR Art. 22(3)"
    ),
    Right.CONSENT_WITHDRAWAL: StandardSentence(N_("withdrawal of your consent (%(provision)s)"), "GDPR Art. 7(3)"),
    Right.INFORMATION: StandardSentence(
        N_("information on how we process personal data (%(provision)s)"), "GDPR Art. 13, 14"
    ),
}
"""A noun with its provision, as an entry of a list and as a heading."""

COSTS: Final[dict[CostKind, str]] = {
    CostKind.COPYING: N_("Copying"),
    CostKind.POSTAGE: N_("Postage"),
    CostKind.DATA_MEDIUM: N_("Storage medium"),
    CostKind.STAFF_TIME: N_("Working time for this answer"),
}
