"""The trace of letters: for each sentence, whether it states a fact of the case, and what on record bears it out.

A sentence of a template is named by its file and its English text; a sentence of `dsr/letters/sentences.py` stands for
one value of one statement, so that its code is traced once for all.
"""

from dataclasses import dataclass
from typing import Final

from dsr.domain.events import Event
from dsr.domain.request.automated_decision import DecisionReviewed
from dsr.domain.request.clarification import ClarificationRequested
from dsr.domain.request.consent import ConsentWithdrawn
from dsr.domain.request.ending import EndApproved, EndProposed
from dsr.domain.request.execution import ItemDone, NothingHeld
from dsr.domain.request.extension import ExtensionProposed
from dsr.domain.request.fees import FeeProposed
from dsr.domain.request.forwarding import RequestForwarded
from dsr.domain.request.identity import IdentityFailed, IdentityInsufficient, IdentityRequested
from dsr.domain.request.information import CopySent
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.objection import ProcessingStopped
from dsr.domain.request.offers import PackageOffered
from dsr.domain.request.questions import QuestionAsked, QuestionSent
from dsr.domain.request.recipients import RecipientTold
from dsr.domain.request.rectification import AccuracyAssessed, Rectified
from dsr.domain.request.refusal import ItemRefused, ItemRefusedInPart, RefusalProposed
from dsr.domain.request.restriction import ProcessingRestricted, RestrictionLifted
from dsr.domain.request.searching import SystemSearched
from dsr.domain.request.sender import SenderDoubted
from dsr.domain.request.transfer import DataTransmitted
from dsr.domain.request.triage import ItemOpened, RequestDismissed
from dsr.domain.ropa import RopaAdopted

K = LetterKind


@dataclass(frozen=True)
class Fact:
    """A sentence that states a fact of the case."""

    record: tuple[type[Event], ...]
    """The events that bear it out; the record of processing counts as adopted."""
    decided_by: str = ""
    """The statement, or the field of `LetterFields`, without which it does not stand; empty: it stands wherever the
    letter does, which the case refuses to record otherwise (`letter_needs`).
    """
    letter_needs: str = ""
    """The code with which the case refuses the letter where the fact is not on record."""


ARRIVAL: Final = Fact((RequestReceived,), "received_on")
"""Every letter names the day of arrival that the case has."""

EVERYWHERE: Final = frozenset(
    {
        "Dear %(name)s,",
        "Dear Sir or Madam,",
        "Kind regards",
        "You will find this letter in English below.",
        "If you have questions, write to %(mailbox)s and state the reference %(reference)s.",
    }
)
"""Sentences around any letter, which state no fact."""

PLAIN_IN: Final[dict[str, frozenset[str]]] = {
    "_answering": frozenset(
        {
            "You can simply reply to this letter. You do not have to answer: without an answer we will go on with what "
            "we know."
        }
    ),
    "_clauses": frozenset({"The clauses that protect your data", "What was left out of the text"}),
    "_complaint": frozenset(
        {
            "If you do not agree",
            "You have the right to lodge a complaint with a supervisory authority (%(provision)s), in particular with "
            "this one:",
            "You can also turn to the supervisory authority of the place where you live or work, or where you think "
            "the infringement took place.",
        }
    ),
    "_proving": frozenset(
        {
            "What we need from you",
            "What you can do instead",
            "What happens to what you send",
            "What this means for the time limit",
            "If we do not hear from you",
        }
    ),
    "_refusals": frozenset({"Our reasons", "The facts they rest on"}),
    "access": frozenset(
        {
            "Access to your personal data: our answer (%(reference)s)",
            "A copy of your data",
            "What we use your data for",
            "Which categories of data it is",
            "Who has received it, or will",
            "How long we store it",
            "Where we have it from",
            "Automated decisions",
            "Transfers to third countries",
            "Your rights",
        }
    ),
    "acknowledgement": frozenset(
        {
            "If we have misunderstood you, please write to us.",
            "If we need more time, or something from you, we will tell you before then, and say why.",
            "You do not need to do anything unless we ask you to.",
        }
    ),
    "answer": frozenset({"Where we searched", "Your rights"}),
    "automated-decision": frozenset(
        {
            "Review of an automated decision: our answer (%(reference)s)",
            "What it is about",
            "Who reviewed it",
            "The result",
        }
    ),
    "clarification": frozenset(
        {
            "What would you like to know? A question about your request (%(reference)s)",
            "Why we ask",
            "What we would like to know",
            "You decide",
        }
    ),
    "consent-withdrawal": frozenset(
        {
            "Withdrawal of your consent: our answer (%(reference)s)",
            "What was done on the basis of your consent before you withdrew it remains lawful (%(provision)s).",
        }
    ),
    "contract-clauses": frozenset({"A copy of the safeguards for your data (%(reference)s)"}),
    "dismissal": frozenset(
        {
            "Your message to us (%(reference)s)",
            "If you did want to make a request",
            "Tell us what you would like us to do: for instance, to give you access to your personal data, to correct "
            "it or to erase it. You do not have to give reasons.",
        }
    ),
    "effect": frozenset(
        {"What we did", "We did it here:", "When it was done:", "What we kept, and why", "Who else was told"}
    ),
    "ending": frozenset({"Our answer to your message (%(reference)s)", "Our reasons"}),
    "erasure": frozenset({"Erasure of your data: our answer (%(reference)s)"}),
    "extension": frozenset(
        {
            "We need more time for your request (%(reference)s)",
            "When you will get our answer",
            "You need not do anything for it.",
            "Why we need more time",
        }
    ),
    "fee": frozenset(
        {
            "A fee for your request (%(reference)s)",
            "Why we ask for a fee",
            "How much it is",
            "What you can do",
            "Please tell us whether you agree.",
        }
    ),
    "forwarding": frozenset(
        {
            "We passed your message on (%(reference)s)",
            "You do not need to do anything. If you have questions about your request, please contact that controller.",
        }
    ),
    "identity-question": frozenset({"Please help us make sure who is asking (%(reference)s)"}),
    "identity-reminder": frozenset({"Reminder: please help us make sure who is asking (%(reference)s)"}),
    "information": frozenset({"Information on how we process personal data (%(reference)s)"}),
    "lifting": frozenset(
        {
            "The restriction of your data is going to be lifted (%(reference)s)",
            "What is lifted",
            "When the restriction ends:",
            "Why",
        }
    ),
    "objection": frozenset({"Your objection: our answer (%(reference)s)"}),
    "passing-on": frozenset(
        {
            "A request to you as controller (%(reference)s)",
            "To %(name)s:",
            "Who asks",
            "What the person wrote or said",
            "What we ask of you",
            "Please answer the person yourself and in good time. If you need the original message, ask us for it.",
        }
    ),
    "password": frozenset(
        {
            "The password for your package (%(reference)s)",
            "Please keep the password to yourself. We will never ask you for it.",
        }
    ),
    "portability": frozenset(
        {
            "Portability of your data: our answer (%(reference)s)",
            "Your data to take with you",
            "Sending it to somebody else",
            "What stays with us",
        }
    ),
    "question": frozenset({"A question for you (%(reference)s)"}),
    "question-reminder": frozenset({"Reminder: a question for you (%(reference)s)"}),
    "recipient-lifting": frozenset(
        {
            "To %(name)s:",
            "Whose data it is",
            "What is no longer restricted",
            "What we ask of you",
            "You no longer have to restrict this data because of our notice. Please tell everybody to whom you passed "
            "the notice on.",
        }
    ),
    "recipient-notice": frozenset(
        {
            "Personal data that you received from us: please act (%(reference)s)",
            "To %(name)s:",
            "Whose data it is",
            "What we did",
            "What stays as it is",
            "What we ask of you",
            "Please do the same with this data where you have it, tell everybody to whom you passed it on, and confirm "
            "to us that it was done.",
        }
    ),
    "rectification": frozenset({"Rectification of your data: our answer (%(reference)s)"}),
    "refusal": frozenset({"Our answer to your request (%(reference)s)"}),
    "reply": frozenset({"Our reply to your message (%(reference)s)"}),
    "restriction": frozenset(
        {
            "Restriction of the processing of your data: our answer (%(reference)s)",
            "We will tell you before the restriction is lifted (%(provision)s).",
        }
    ),
    "staff-warning": frozenset({"%(reference)s: a date needs your attention"}),
}
"""Sentences that state no fact of the case, by template: they head, ask, or say what the law gives to everybody."""

FACTS: Final[dict[tuple[str, str], Fact]] = {
    **{
        (template, "We received your request on %(date)s."): ARRIVAL
        for template in ("answer", "clarification", "extension", "fee", "identity-question", "refusal")
    },
    ("ending", "We received your message on %(date)s."): ARRIVAL,
    (
        "question",
        "We received your message on %(date)s. To deal with it as you wish, we would like to ask you something:",
    ): ARRIVAL,
    (
        "dismissal",
        "We received your message on %(date)s. We did not treat it as a request under data protection law. These are "
        "our reasons:",
    ): Fact((RequestReceived, RequestDismissed), letter_needs="letter-kind-wrong"),
    ("acknowledgement", "We have received your request (%(reference)s)"): Fact((RequestReceived,), "reference"),
    ("acknowledgement", "We received your request on %(date)s. Its reference is %(reference)s."): ARRIVAL,
    ("acknowledgement", "This is what we understand you to ask for:"): Fact((ItemOpened,), "rights"),
    ("acknowledgement", "You will get our answer by %(date)s at the latest."): Fact((RequestReceived,), "due_on"),
    (
        "acknowledgement",
        "We also have a question for you, which you will receive separately. Please answer it.",
    ): Fact((IdentityRequested, ClarificationRequested, QuestionAsked), "question_waits"),
    ("answer", "So there was no data on which we could act."): Fact((NothingHeld,), "processed-or-not"),
    (
        "clarification",
        "We process a large quantity of information concerning you. Please tell us which information or which "
        "processing your request is about.",
    ): Fact((ClarificationRequested,), "why"),
    (
        "contract-clauses",
        "You asked for the safeguards under which your personal data is transferred to a third country "
        "(%(provision)s). You find them with this letter.",
    ): Fact((CopySent,), "clauses"),
    ("effect", "It was done on %(date)s."): Fact((ItemDone, ConsentWithdrawn, ProcessingStopped), "when"),
    (
        "extension",
        "We cannot answer it within one month. The law allows us to extend this period once, by up to two further "
        "months (%(provision)s).",
    ): Fact((ExtensionProposed,), "reasons"),
    ("extension", "You will get our answer by %(date)s at the latest."): Fact((ExtensionProposed,), "new-date"),
    (
        "fee",
        "Our answers are free of charge as a rule. For this one we would have to ask you for a fee. You owe nothing "
        "unless you agree to it.",
    ): Fact((FeeProposed,), "amount"),
    ("fee", "The fee is %(amount)s. It covers no more than what the answer costs us:"): Fact((FeeProposed,), "amount"),
    ("fee", "Please tell us by %(date)s whether you agree."): Fact((FeeProposed,), "offer-ends"),
    (
        "forwarding",
        "We received your message on %(date)s. It is about personal data that we process only on behalf of another "
        "controller. That controller decides on your request and will answer you:",
    ): Fact((RequestForwarded, RopaAdopted), "forwarded-to"),
    ("forwarding", "We passed your message on to that controller on this day:"): Fact(
        (RequestForwarded,), "forwarded-on"
    ),
    (
        "identity-question",
        "Before we deal with it, we have to be sure that it comes from the person whose data it is about "
        "(%(provision)s). This is why we have doubts:",
    ): Fact((IdentityRequested,), "doubt"),
    (
        "identity-reminder",
        "We received your request on %(received)s. On %(date)s we asked you to help us make sure that it comes from "
        "you. We are still waiting for an answer that lets us be sure, and cannot go on without one.",
    ): Fact((IdentityRequested, IdentityInsufficient), "asked-on"),
    (
        "_proving",
        "If we have not had an answer by %(date)s, we have to close your request without dealing with it, because we "
        "cannot tell who is asking. We would tell you so in a letter. If your proof comes later, we take your request "
        "up again.",
    ): Fact((IdentityRequested,), "without-answer"),
    (
        "lifting",
        "We have restricted the processing of your data. Before we lift this restriction, we have to tell you "
        "(%(provision)s).",
    ): Fact((ProcessingRestricted,), "what-is-lifted"),
    (
        "lifting",
        "The restriction ends on %(date)s. From then on we may process this data again.",
    ): Fact((ProcessingRestricted,), "when"),
    (
        "passing-on",
        "On %(date)s we received a request about personal data that we process only on your behalf. You decide on it, "
        "so we pass it on to you (%(provision)s).",
    ): Fact((RequestReceived, RopaAdopted), letter_needs="not-processor"),
    (
        "passing-on",
        "It is not certain that this message came from the address that it names. Please check who asks before you "
        "answer.",
    ): Fact((SenderDoubted,), "sender_doubtful"),
    (
        "password",
        "We have put your data into a package that you can download. To open it you need this password:",
    ): Fact((PackageOffered,), "password"),
    (
        "password",
        "The link to the package reaches you separately. It works until %(date)s.",
    ): Fact((PackageOffered,), "link-ends"),
    ("question-reminder", "On %(date)s we asked you this, and we have had no answer yet:"): Fact(
        (QuestionAsked, QuestionSent), "asked-on"
    ),
    ("recipient-lifting", "A restriction of which we told you has ended (%(reference)s)"): Fact(
        (RecipientTold, RestrictionLifted), "what-is-lifted"
    ),
    (
        "recipient-lifting",
        "We told you that we had restricted the processing of personal data (%(provision)s). We have since lifted this "
        "restriction.",
    ): Fact((RecipientTold, ProcessingRestricted, RestrictionLifted), "what-is-lifted"),
    ("recipient-lifting", "It was done on %(date)s."): Fact((RestrictionLifted,), "operation-date"),
    (
        "recipient-notice",
        "We disclosed personal data to you. We have since corrected, erased or restricted it, and we have to tell you "
        "so (%(provision)s).",
    ): Fact((RopaAdopted, ItemDone, ProcessingRestricted), "operation"),
    ("recipient-notice", "It was done on %(date)s."): Fact((ItemDone, ProcessingRestricted), "operation-date"),
    (
        "recipient-notice",
        "We did not do this with the following data. If you hold it for us, keep it.",
    ): Fact((ItemRefusedInPart,), "not-affected"),
    ("refusal", "We have examined it. We cannot grant the following part of your request:"): Fact(
        (RefusalProposed, ItemRefused), "refused"
    ),
    ("refusal", "We cannot deal with it, for these reasons:"): Fact((IdentityFailed,), "refused"),
    ("_refusals", "Refused: %(right)s"): Fact((ItemRefused,), "refused"),
    ("_refusals", "Refused in part: %(right)s"): Fact((ItemRefusedInPart,), "refused"),
    ("_refusals", "We could not make sure who is asking"): Fact((IdentityFailed,), "refused"),
    ("_refusals", "We refuse this only as far as the following data goes:"): Fact((ItemRefusedInPart,), "refused"),
    ("_refusals", "Legal provision: %(provision)s"): Fact((RefusalProposed,), "refused"),
    ("staff-warning", "Case %(reference)s, date: %(date)s"): Fact((RequestReceived,), "due_on"),
    ("staff-warning", "%(shown)s working day is left."): Fact((RequestReceived,), "working-days"),
}
"""Sentences that state a fact of the case, by template and English text."""

PERSON: Final = "a person of the team"
"""Nobody but a person knows it: no event gives it, so the letter waits until somebody writes it."""

STATEMENTS: Final[dict[str, tuple[type[Event], ...] | str]] = {
    "affected": (ItemDone, ProcessingRestricted, Rectified),
    "alternatives": (IdentityRequested,),
    "amount": (FeeProposed,),
    "asked-by": (RequestReceived,),
    "asked-on": (IdentityRequested, QuestionAsked),
    "authority": (RopaAdopted,),
    "automated-decisions": (RopaAdopted,),
    "categories": (RopaAdopted,),
    "clauses": (CopySent,),
    "complaint": (RopaAdopted,),
    "copy": (PackageOffered,),
    "cost-basis": (FeeProposed,),
    "decision-or-none": (DecisionReviewed,),
    "direct-transfer": (DataTransmitted,),
    "doubt": (IdentityRequested,),
    "effect-on-clock": (IdentityRequested, ClarificationRequested),
    "ending": (EndApproved,),
    "export": (PackageOffered,),
    "facts": (FeeProposed, RefusalProposed),
    "forwarded-on": (RequestForwarded,),
    "forwarded-to": (RequestForwarded,),
    "ground": (FeeProposed, ExtensionProposed),
    "identifier": (RequestReceived,),
    "information": PERSON,
    "kept-and-why": PERSON,
    "link-ends": (PackageOffered,),
    "minimum-asked": (IdentityRequested,),
    "new-date": (ExtensionProposed,),
    "not-affected": (ItemRefusedInPart,),
    "offer-ends": (FeeProposed,),
    "operation": (ItemDone, ProcessingRestricted),
    "operation-date": (ItemDone, ProcessingRestricted, RestrictionLifted),
    "password": (PackageOffered,),
    "processed-or-not": (NothingHeld, ItemDone),
    "purposes": (RopaAdopted,),
    "question": (QuestionAsked,),
    "reasons": (RefusalProposed, ExtensionProposed),
    "recipients": (RopaAdopted,),
    "recipients-told": (RecipientTold,),
    "redaction-summary": (CopySent,),
    "reply": PERSON,
    "request-text": (RequestReceived,),
    "result": (DecisionReviewed,),
    "retention": (RopaAdopted,),
    "reviewer": PERSON,
    "searched": (SystemSearched,),
    "source": (RopaAdopted,),
    "transfer-safeguards": (RopaAdopted,),
    "warning": (RequestReceived,),
    "what-is-lifted": (ProcessingRestricted, RestrictionLifted),
    "what-was-done": (ItemDone,),
    "when": (ItemDone, ConsentWithdrawn, ProcessingStopped),
    "where": (ItemDone, ProcessingStopped, ConsentWithdrawn),
    "why": (EndProposed, AccuracyAssessed, RefusalProposed, ClarificationRequested),
    "without-answer": (IdentityRequested,),
    "working-days": (RequestReceived,),
}
"""What bears out each statement that a letter can make, by its code: the sentences of `sentences.py` are its values."""

STANDS_FOR_EVERYBODY: Final = frozenset(
    {
        "may-black-out",
        "deleted-after-check",
        "full-answer-remains-available",
        "right-to-withdraw",
        "judicial-remedy",
        "rights",
        "nothing-erased",
        "schema",
    }
)
"""Fixed sentences, which state what the law gives to everybody, or what this program does in every case."""
