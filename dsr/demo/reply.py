"""A reply to a closed case: it opens nothing by itself, is shown with the date it would have, and is a new request."""

from email.message import EmailMessage

from dsr.demo.days import morning
from dsr.demo.story import DemoCase, Scene, expect

_TEXT = """\
Guten Tag,

danke für die Daten. Inzwischen habe ich wieder mit Ihnen telefoniert. Ich bitte Sie
erneut um Auskunft nach Art. 15 DSGVO, auch über diese Anrufe.

Jana Lindner
"""


def to_a_closed_case(scene: Scene) -> DemoCase:
    """The customer whose access was answered asks again, by replying to her old thread."""
    closed = scene.case_of("01-access-and-portability-de.eml")
    expect("the old case", closed.now["status"], "closed")
    arrived_at = morning(scene.days.ago(1))
    outcome = _deliver(scene, closed, arrived_at.isoformat())
    expect("what the reply became", (outcome["outcome"], outcome["request_id"]), ("follow-up", closed.request_id))
    scene.tell("ian", "delivers a reply to the closed case: it opens no case by itself, however its text reads")
    (waiting,) = [
        row for row in scene.staff["ann"].all("/messages", unexamined="true") if row["request_id"] == closed.request_id
    ]
    would_be_due = waiting["due"]
    scene.tell("ann", f"sees it wait in `GET /messages`; as a new request it would be due on {would_be_due}")
    closed.look()
    closed.do(
        "ann",
        "messages/examination",
        "examines it: she asks again, so it is a new request from the day on which it arrived",
        message_ids=[waiting["message_id"]],
        kind="new-request",
        rights=["access"],
    )
    (linked,) = [
        row for row in scene.staff["ann"].all("/requests", status="open") if row["linked_to"] == closed.request_id
    ]
    expect("its date of arrival", linked["received_on"], f"{arrived_at:%F}")
    expect("when it is due", linked["effective_due"], would_be_due)
    expect("the old case afterwards", closed.now["status"], "closed")
    scene.tell("ann", f"has a case of its own for it, {linked['reference']}, linked to the closed one")
    return DemoCase(scene, linked["request_id"])


def _deliver(scene: Scene, closed: DemoCase, arrived_at: str) -> dict[str, str]:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Jana Lindner <jana.lindner@post.example>", "privacy@de.callcentre.example"
    mail["Subject"] = f"Re: Meine Daten bei Ihnen [{closed.now['reference']}]"
    mail["Message-ID"] = "<again.lindner@post.example>"
    mail.set_content(_TEXT)
    received = scene.staff["ian"].post(
        "/intake/messages", content=mail.as_bytes(), media_type="message/rfc822", query={"received_at": arrived_at}
    )
    return dict(received.body)
