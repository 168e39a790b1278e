"""The case: one request of one person, with all its rights, from arrival to answer.

`Request` combines one module per part of the law; each module holds its events and its commands.
"""

from dsr.domain.request.access_information import AccessInformationCommands
from dsr.domain.request.answer import AnswerCommands
from dsr.domain.request.arrival import ArrivalCommands
from dsr.domain.request.attachments import AttachmentCommands
from dsr.domain.request.automated_decision import AutomatedDecisionCommands
from dsr.domain.request.calendar_correction import CalendarCorrectionCommands
from dsr.domain.request.claims import ClaimCommands
from dsr.domain.request.clarification import ClarificationCommands
from dsr.domain.request.closing import ClosingCommands
from dsr.domain.request.collection import CollectionCommands
from dsr.domain.request.consent import ConsentCommands
from dsr.domain.request.disclosure import DisclosureCommands
from dsr.domain.request.dpo_opinion import DpoOpinionCommands
from dsr.domain.request.due import DueCommands
from dsr.domain.request.duplicates import DuplicateCommands
from dsr.domain.request.earlier_facts import EarlierFactCommands
from dsr.domain.request.ending import EndingCommands
from dsr.domain.request.execution import ExecutionCommands
from dsr.domain.request.extension import ExtensionCommands
from dsr.domain.request.fee_outcomes import FeeOutcomeCommands
from dsr.domain.request.fees import FeeCommands
from dsr.domain.request.forgetting import ForgettingCommands
from dsr.domain.request.forwarding import ForwardingCommands
from dsr.domain.request.hand_over import HandOverCommands
from dsr.domain.request.holds import HoldCommands
from dsr.domain.request.identity import IdentityCommands
from dsr.domain.request.information import InformationCommands
from dsr.domain.request.intake import IntakeCommands
from dsr.domain.request.joining import JoiningCommands
from dsr.domain.request.joint import JointCommands
from dsr.domain.request.language import LanguageCommands
from dsr.domain.request.malware import MalwareCommands
from dsr.domain.request.messages import MessageCommands
from dsr.domain.request.misdelivery import MisdeliveryCommands
from dsr.domain.request.objection import ObjectionCommands
from dsr.domain.request.offers import OfferCommands
from dsr.domain.request.orders import OrderCommands
from dsr.domain.request.password import PasswordCommands
from dsr.domain.request.questions import QuestionCommands
from dsr.domain.request.recipients import RecipientCommands
from dsr.domain.request.rectification import RectificationCommands
from dsr.domain.request.redaction import RedactionCommands
from dsr.domain.request.refusal import RefusalCommands
from dsr.domain.request.representation import RepresentationCommands
from dsr.domain.request.restriction import RestrictionCommands
from dsr.domain.request.restriction_exception import RestrictionExceptionCommands
from dsr.domain.request.returned_letters import ReturnedLetterCommands
from dsr.domain.request.search_link import SearchLinkCommands
from dsr.domain.request.searching import SearchCommands
from dsr.domain.request.sender import SenderCommands
from dsr.domain.request.sign_in import SignInCommands
from dsr.domain.request.splitting import SplittingCommands
from dsr.domain.request.suggestion import SuggestionCommands
from dsr.domain.request.transfer import TransferCommands
from dsr.domain.request.triage import TriageCommands


class Request(
    IntakeCommands,
    MessageCommands,
    ClaimCommands,
    ObjectionCommands,
    ConsentCommands,
    TriageCommands,
    LanguageCommands,
    SenderCommands,
    MalwareCommands,
    SuggestionCommands,
    DuplicateCommands,
    JoiningCommands,
    ForwardingCommands,
    SplittingCommands,
    DpoOpinionCommands,
    IdentityCommands,
    ClarificationCommands,
    QuestionCommands,
    ExtensionCommands,
    FeeCommands,
    FeeOutcomeCommands,
    RepresentationCommands,
    RectificationCommands,
    RestrictionCommands,
    RestrictionExceptionCommands,
    AutomatedDecisionCommands,
    InformationCommands,
    TransferCommands,
    HandOverCommands,
    SearchCommands,
    SearchLinkCommands,
    ExecutionCommands,
    RefusalCommands,
    AnswerCommands,
    JointCommands,
    HoldCommands,
    RecipientCommands,
    CollectionCommands,
    RedactionCommands,
    AttachmentCommands,
    AccessInformationCommands,
    DisclosureCommands,
    OfferCommands,
    PasswordCommands,
    MisdeliveryCommands,
    SignInCommands,
    ReturnedLetterCommands,
    DueCommands,
    EarlierFactCommands,
    ArrivalCommands,
    CalendarCorrectionCommands,
    OrderCommands,
    EndingCommands,
    ClosingCommands,
    ForgettingCommands,
):
    """A data-subject request (GDPR Art. 12-22). `receive` opens a case; the modules hold its other commands."""

    TOPIC = "dsr.request"
