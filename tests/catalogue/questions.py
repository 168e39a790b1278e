"""Questions to the person about any right, which never stop the clock (docs/law §10)."""

from uuid import UUID

from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from tests.catalogue import roles
from tests.catalogue.act import Act
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.starts import arrived, first
from tests.desk.office import Office

WHICH = "Which of your three accounts do you mean?"


def asked(office: Office) -> UUID:
    """A handler asked on the telephone."""
    request_id = office.registered(Right.ERASURE)
    office.desk.questions.ask(request_id, office.call(request_id), question=WHICH, put_by=Channel.TELEPHONE)
    return request_id


def the_question(office: Office, request_id: UUID) -> UUID:
    """The question that was asked first."""
    return first(office.case(request_id).questions)


COMMANDS = (
    Command(
        name="ask a question",
        act=Act(
            "ask_question",
            lambda case: {
                "question_id": case.uuid(),
                "question": case.sealed(),
                "put_by": Channel.TELEPHONE,
                "asked_at": case.now,
            },
        ),
        desk=at_desk("questions.ask", arrived, "request.question-asked", question=WHICH),
        http=OverHttp("/requests/{}/questions", roles.HANDLER, {"question": WHICH}),
    ),
    Command(
        name="send a question",
        act=Act(
            "send_question",
            lambda case, question_id=None: {
                "question_id": question_id or next(iter(case.request.questions), case.uuid()),
                "letter": case.letter(LetterKind.QUESTION),
            },
            actor="service:outbox",
        ),
    ),
    Command(
        name="take the answer to a question",
        act=Act(
            "answer_question",
            lambda case, question_id=None: {
                "question_id": question_id or next(iter(case.request.questions), case.uuid()),
                "answer": case.sealed(),
                "answered_at": case.now,
            },
        ),
        desk=at_desk(
            "questions.take_answer", asked, "request.question-answered", the_question, answer="The one of 2024."
        ),
        http=OverHttp("/requests/{}/questions/{}/answer", roles.HANDLER, {"answer": "The one of 2024."}),
    ),
)
