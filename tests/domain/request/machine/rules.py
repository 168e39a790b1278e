"""All commands of a case, put together."""

from .access_information import AccessInformationRules
from .due import DueRules
from .early_end import EarlyEndRules
from .ending import EndingRules
from .execution import ExecutionRules
from .fees import FeeRules
from .forgetting import ForgettingRules
from .hand_over import HandOverRules
from .handing_over import HandingOverRules
from .identity import IdentityRules
from .messages import MessageRules
from .objection import ObjectionRules
from .questions import QuestionRules
from .redaction import RedactionRules
from .refusal import RefusalRules
from .restriction import RestrictionRules
from .searching import SearchRules
from .standing import StandingRules
from .triage import TriageRules


class Rules(
    TriageRules,
    MessageRules,
    QuestionRules,
    IdentityRules,
    SearchRules,
    ExecutionRules,
    RedactionRules,
    RefusalRules,
    ObjectionRules,
    RestrictionRules,
    HandOverRules,
    HandingOverRules,
    AccessInformationRules,
    FeeRules,
    StandingRules,
    DueRules,
    EarlyEndRules,
    EndingRules,
    ForgettingRules,
):
    """Each with the rules that it breaks, or does not."""
