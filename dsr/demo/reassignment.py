"""Passing a case on between two countries: the clock that started at the first goes on (GDPR Art. 26(3))."""

from typing import Any

from dsr.demo import later, tables
from dsr.demo.story import DemoCase, Scene, expect

_DATES = ("received_on", "statutory_due", "promise_due", "effective_due", "operational_due")


def to_poland(scene: Scene) -> DemoCase:
    """A customer of the Polish firm wrote to the German one: Poland answers, by the date that Germany's mail set."""
    case = scene.case_of("16-access-passed-on-pl.eml")
    case.register(["access"], subjects=["customers"])
    scene.run("worker", "--once")
    case.look()
    expect("whether the worker acknowledged it", case.now["acknowledged_at"] is not None, True)
    later.show_letters(scene.console, later.left_by_mail(scene.downloads.parent))
    ola = scene.staff["ola"]
    says = "works for Poland alone, and does not see what lies in Germany:"
    scene.tell_refused("ola", says, "request-unknown", lambda: ola.get(case.path))
    before = dict(case.now)
    tables.show_holds(scene.console, f"What {before['reference']} keeps from deletion in Germany", _holds(scene, case))
    passed_on: dict[str, Any] = {"controller_id": "callcentre-pl", "reason": "He is a customer of the Polish firm."}
    case.refused(
        "ann",
        "reassignment",
        "clock-reset-forbidden",
        "wants Poland to have a whole month from today:",
        received_on=scene.days.today.isoformat(),
        **passed_on,
    )
    case.do("ann", "reassignment", "passes it on to Poland, as it stands", **passed_on)
    after = case.now
    tables.show_dates(scene.console, ("controller_id", *_DATES), {"before": before, "after": after})
    for stays in ("received_at", "received_on", "promise_due"):
        expect(f"{stays} after it was passed on", after[stays], before[stays])
    moved_on = [date for date in _DATES if after[date] > before[date]]
    expect("dates that are later since it was passed on", moved_on, [])
    holds = _holds(scene, case)
    tables.show_holds(scene.console, "Passed on: recordings in Poland are kept as well", holds)
    expect("who keeps recordings for it", [hold["controller_id"] for hold in holds], ["callcentre-de", "callcentre-pl"])
    expect("the controller that answers the item", case.now["items"][0]["controller_id"], "callcentre-pl")
    seen = ola.get(case.path).body
    scene.tell("ola", f"sees it now, due on {seen['effective_due']}")
    case.do("ola", "assignment", "takes it; Poland answers", assignee="ola")
    expect("the case that was passed on", (case.now["status"], case.now["assignee"]), ("open", "ola"))
    return case


def _holds(scene: Scene, case: DemoCase) -> list[dict[str, Any]]:
    return [hold for hold in scene.staff["ann"].all("/holds") if hold["request_id"] == case.request_id]
