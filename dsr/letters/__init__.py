"""Letters: their fields, their rendering, and the transports that send them."""

from dsr.letters.credentials import NoticeOf, credential_notice, expiry_notice, invitation, subject_token
from dsr.letters.errors import LetterTemplateInvalid
from dsr.letters.fields import LetterFields, RefusedItem, Sender, Statement
from dsr.letters.maildir import OutgoingMaildir
from dsr.letters.matters import MatterLetter, MatterWording, matter_letter, notice_to_many
from dsr.letters.overrides import load_templates
from dsr.letters.paper import PaperUnprintable, to_pdf
from dsr.letters.render import Rendered, render
from dsr.letters.sign_in_code import sign_in_code
from dsr.letters.telling import TellingText, ToldWait, telling_text
from dsr.letters.templating import Templates
from dsr.letters.typed_address import address_confirmation, copy_of_request
from dsr.letters.words import LANGUAGES, in_language_or_english

__all__ = [
    "LANGUAGES",
    "LetterFields",
    "LetterTemplateInvalid",
    "MatterLetter",
    "MatterWording",
    "NoticeOf",
    "OutgoingMaildir",
    "PaperUnprintable",
    "RefusedItem",
    "Rendered",
    "Sender",
    "Statement",
    "TellingText",
    "Templates",
    "ToldWait",
    "address_confirmation",
    "copy_of_request",
    "credential_notice",
    "expiry_notice",
    "in_language_or_english",
    "invitation",
    "load_templates",
    "matter_letter",
    "notice_to_many",
    "render",
    "sign_in_code",
    "subject_token",
    "telling_text",
    "to_pdf",
]
