"""What refusals of daily work say beyond the sentence of their kind: which right, ground, letter or day.

The rules make these sentences in English, with values; here they have a name for each value (see `WITH_VALUES`), so
that the catalogue can say all of them. A refusal that is missing here is shown by the sentence of its kind, with its
own one behind it in English.
"""

from typing import Final

from dsr.api.console.language import N_

DAILY: Final = (
    # Fields of forms
    N_("This field is missing. It is one of: %(codes)s."),
    N_("This field is missing."),
    N_("Must be one of: %(codes)s."),
    N_("Write the time with its zone, such as 2026-03-05T10:00:00+01:00; in a query string, + is %2B."),
    N_("Write the date as year, month and day, such as 2026-03-05."),
    N_("The year must lie between %(first)s and %(last)s."),
    N_("Longer than maximum length %(number)s."),
    N_("Shorter than minimum length %(number)s."),
    N_("Length must be between %(first)s and %(last)s."),
    N_("Not a valid integer."),
    N_("Not a valid UUID."),
    N_("A reference reads like DSR-7KQ4-M2XN, without 0, 1, I, L, O and U."),
    # Who may do it
    N_("This controller is outside your scope."),
    N_("A DPO advises and monitors, and does not decide (GDPR Art. 38(6))."),
    N_(
        "No request with this reference is in your scope. Compare it with the letter: it reads like DSR-7KQ4-M2XN, "
        "without 0, 1, I, L, O and U."
    ),
    # Grounds and reasons
    N_("Name a ground for the erasure: %(codes)s."),
    N_("'%(ground)s' (%(provision)s) is not a ground for refusing %(right)s."),
    N_("'%(ground)s' (%(provision)s) needs the name of the Union or national law in `provision`."),
    N_(
        "'%(ground)s' (%(provision)s) holds only to the extent necessary: refuse that part, or state that the "
        "exception covers everything that is asked."
    ),
    N_(
        "Repetition alone does not make a request excessive. Claim `abusive`, state in `facts` what makes it "
        "excessive, and in `intent` the facts that show the intent to abuse the right."
    ),
    N_(
        "Name in `claims` a reason that supports '%(ground)s': %(codes)s. Effort or motive alone never suffices (GDPR "
        "Art. 12(5))."
    ),
    N_("State when the person last asked the same."),
    N_("Say what was done."),
    N_("Say why nothing is to do."),
    # Rights that are decided, and that are not
    N_("Decided already: %(codes)s."),
    N_("Only refusals are left to be told, which no extension delays: send the letter."),
    N_("Nothing is left to be decided: answer every item, and close the request."),
    N_("Carry these out first: %(codes)s."),
    N_("Effect was given already, so these can't be refused: %(codes)s."),
    N_(
        "Nothing on record gives effect to this right yet. Record that act first, with `POST "
        "/requests/{request_id}/items/%(item)s/%(route)s`; then its completion."
    ),
    N_("Another request or message of this person asks for a copy of the data: answer or examine it first."),
    N_("This hold comes from no restriction: release it with a reason."),
    # Identity and questions
    N_("A case closes as unidentified only after an identity question, and none was asked."),
    N_("The identity question is open: give it up before closing as unidentified."),
    N_("No question waits for an answer, so there is nothing to remind of."),
    N_(
        "Name in `question_id` the question that this answers: `GET /requests/{request_id}/questions` lists the open "
        "ones."
    ),
    N_(
        "The latest proof on record arrived on %(day)s, before that day. If another one came later, enter it first: "
        "`POST /requests/{request_id}/messages/examined`, as `identity-answer`."
    ),
    N_(
        "Identity is confirmed already, and a further proof is not kept as evidence. Enter the message as "
        "`nothing-to-do` (`POST /requests/{request_id}/messages/examined`, or `…/messages/examination` for a message "
        "on record). If a new fact renews the doubt, ask anew and name it in `new_fact` (`POST "
        "/requests/{request_id}/identity-question`)."
    ),
    N_(
        "The case is closed, and no proof is awaited. Examine the message as `dispute` if the person contests the "
        "answer, which reopens the case; otherwise as `nothing-to-do`."
    ),
    N_(
        "The case was closed as unidentified. Enter the late proof as an `identity-answer` (`POST "
        "/requests/{request_id}/messages/examined`, or `…/messages/examination` for a message on record) and say why: "
        "this reopens the case."
    ),
    # Searches and data
    N_("Name at least one system, and say what was found there."),
    N_("Say with which identifiers the system was searched (`identifiers`)."),
    N_("Say why the system is left out (`reason`); the answer states it."),
    N_("No system was searched, so nobody knows that nothing is held. Search at least one."),
    N_("Data of this system was collected for the item. Record the system as `found`, or discard the data first."),
    N_(
        "Data of the person was held in %(systems)s, and its erasure was granted. Record the item as done: `POST "
        "/requests/{request_id}/items/%(item)s/completion`."
    ),
    N_(
        "The search list of '%(codes)s' was never opened: its right has none, or it was registered before there were "
        "search lists. `GET /requests/{request_id}/items/%(item)s/search` names the systems: account for each with "
        "the `POST` of that route."
    ),
    N_("The file is larger than %(mebibytes)s MiB, the most that this service accepts. Ask for a smaller copy."),
    N_(
        "The file is larger than %(mebibytes)s MiB, the most that this service accepts. Split it into several data "
        "sets."
    ),
    N_(
        "A data set holds at most %(records)s records and about %(values)s values. Split the file into several data "
        "sets."
    ),
    # Letters and messages
    N_("An answer names in `item_ids` the items that it answers."),
    N_("An answer names the items that it answers."),
    N_("'%(codes)s' is answered by a letter of kind '%(kind)s'."),
    N_(
        "The letter '%(kind)s' must also state: %(codes)s. Offer the link of the package (`POST "
        "/exports/{export_id}/link`), then refresh the draft. Add what only you can say with `POST "
        "/dispatches/{dispatch_id}/edition`."
    ),
    N_(
        "The letter '%(kind)s' must also state: %(codes)s. Offer the link of the package (`POST "
        "/exports/{export_id}/link`), then refresh the draft."
    ),
    N_(
        "The letter '%(kind)s' must also state: %(codes)s. Add what only you can say with `POST "
        "/dispatches/{dispatch_id}/edition`."
    ),
    N_(
        "The letter '%(kind)s' must also state: %(codes)s. Name in `statements`, by its code, each statement that your "
        "letter makes: `/docs/commands` lists them."
    ),
    N_(
        "No answer was sent for: %(codes)s. `GET /requests/{request_id}/dispatches` shows whether its letter still "
        "waits as a draft: complete and release it."
    ),
    N_("The message that reopened this case has no reply yet: answer it first."),
    N_("Name the messages that you examined."),
    N_(
        "The password of this package left by the same channel as this answer. Create a new link, and send its "
        "password by another channel."
    ),
)
