"""All policies, in the order in which they receive events. A new policy needs a file here and a line below."""

from dsr.desk.desk import Desk
from dsr.policies.acknowledge_receipt import AcknowledgeReceipt
from dsr.policies.announce_extension import AnnounceExtension
from dsr.policies.answer_right import AnswerRight
from dsr.policies.ask_for_clarification import AskForClarification
from dsr.policies.ask_for_identity import AskForIdentity
from dsr.policies.ask_question import AskQuestion
from dsr.policies.carry_out_retention import CarryOutRetention
from dsr.policies.close_as_forwarded import CloseAsForwarded
from dsr.policies.close_when_answered import CloseWhenAnswered
from dsr.policies.correspondence import Correspondence
from dsr.policies.discard_letters import DiscardLetters
from dsr.policies.forget_case_file import ForgetCaseFile
from dsr.policies.forget_file import ForgetFile
from dsr.policies.hold_link import HoldLink
from dsr.policies.policy import Policy
from dsr.policies.quote_fee import QuoteFee
from dsr.policies.refuse import Refuse
from dsr.policies.remind import Remind
from dsr.policies.remind_of_question import RemindOfQuestion
from dsr.policies.tell_before_lifting import TellBeforeLifting
from dsr.policies.tell_of_end import TellOfEnd
from dsr.policies.tell_of_forwarding import TellOfForwarding
from dsr.policies.tell_recipients import TellRecipients
from dsr.policies.tell_who_is_waited_for import TellWhoIsWaitedFor
from dsr.policies.wait_for_claims import WaitForClaims


def policies(desk: Desk, *, close_when_answered: bool) -> tuple[Policy, ...]:
    """The policies of a service; `close_when_answered` as its setting says."""
    letters = Correspondence(desk.repository, desk.dispatching)
    return (
        AcknowledgeReceipt(letters),
        AskForIdentity(letters),
        Remind(letters),
        AskForClarification(letters),
        AskQuestion(letters),
        RemindOfQuestion(letters),
        AnnounceExtension(letters),
        QuoteFee(letters),
        Refuse(letters),
        TellOfEnd(letters),
        CloseAsForwarded(letters, desk.triage, desk.dispatching),
        TellOfForwarding(letters),
        CloseWhenAnswered(desk.repository, desk.answers, closes=close_when_answered),
        DiscardLetters(letters),
        AnswerRight(letters),
        HoldLink(letters),
        TellBeforeLifting(letters),
        TellRecipients(letters),
        WaitForClaims(desk.repository, desk.claims),
        TellWhoIsWaitedFor(desk.telling),
        CarryOutRetention(desk.retention),
        ForgetCaseFile(desk.forgetting),
        ForgetFile(desk.file_forgetting),
    )
