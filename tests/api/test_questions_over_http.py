"""Questions to the person over HTTP (docs/law §10)."""

from tests.api.team import Team


def test_a_question_is_asked_listed_and_answered(team: Team) -> None:
    # given
    case = team.arrived()
    # when
    shown = team.done(case, "questions", {"question": "Which account do you mean?", "put_by": "telephone"})
    # then
    assert (shown["questions_open"], shown["clock"]) == (1, "running")
    (question,) = team.get(f"/requests/{case.id}/questions").get_json()["items"]
    assert (question["open"], question["put_by"]) == (True, "telephone")
    assert "Which account" not in str(question)
    answered = team.done(case, f"questions/{question['question_id']}/answer", {"answer": "The one of 2024."})
    assert answered["questions_open"] == 0
    (question,) = team.get(f"/requests/{case.id}/questions").get_json()["items"]
    assert not question["open"]
