"""The record of processing as a document (GDPR Art. 30), with its queries."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from dsr.domain.ropa.activities import ProcessingActivity, SubjectGroup, System
from dsr.domain.ropa.errors import (
    ActivityUnknown,
    CategoryUnknown,
    ControllerUnknown,
    RecipientUnknown,
    SubjectsUnknown,
    SystemElsewhere,
    SystemUnknown,
)
from dsr.domain.ropa.parties import Controller, Recipient, ServedController
from dsr.domain.ropa.texts import TextTranslations, Wording, wording_in

OWN_FILES: Final = "case-files"
"""The kind of system that stands for the case files of this service; its id where the record names no such system."""


@dataclass(frozen=True)
class JointArrangement:
    """The essence of the arrangement between joint controllers (GDPR Art. 26(2))."""

    summary: str
    contact: str
    """Id of the controller that is the contact point for data subjects (Art. 26(1))."""


@dataclass(frozen=True)
class Notice:
    """Promises of the privacy notice beyond the law (GDPR Art. 12(1), 13)."""

    children_under: int
    """Age in years: data of a younger child is erased without a request, and a parent may ask by e-mail."""


@dataclass(frozen=True)
class Ropa:
    """One version of the record of processing."""

    name: str
    notice: Notice
    controllers: tuple[Controller, ...]
    systems: tuple[System, ...]
    activities: tuple[ProcessingActivity, ...]
    recipients: tuple[Recipient, ...] = ()
    joint_arrangement: JointArrangement | None = None
    mail_servers: tuple[str, ...] = ()
    """Host names of our own mail servers: only what they stamped (`Received … by`) proves the arrival of a mail."""
    security_measures: tuple[str, ...] = ()
    """GDPR Art. 30(1)(g), one sentence each."""
    label: str = ""
    """The authors' name of this version; adoption numbers versions independently of it."""
    language: str = ""
    """ISO 639-1: its language; empty if not stated."""
    authentication_servers: tuple[str, ...] = ()
    """Names under which our own mail servers write `Authentication-Results`; none: no such field is believed."""
    processing_for: tuple[ServedController, ...] = ()
    """The other controllers for which members of the group are processors."""
    groups: tuple[SubjectGroup, ...] = ()
    """Names of categories of data subjects; one without a name is called by its id."""
    translations: tuple[TextTranslations, ...] = ()
    """The texts that people read in other languages than `language`."""

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text that data subjects may read, with its place (a JSON Pointer), in the order of the document."""
        if self.joint_arrangement is not None:
            yield "/joint_arrangement/summary", self.joint_arrangement.summary
        for i, group in enumerate(self.groups):
            yield f"/groups/{i}/name", group.name
        for i, recipient in enumerate(self.recipients):
            if self.translations_of(recipient.name):  # else the name of a company, which has no translation
                yield f"/recipients/{i}/name", recipient.name
            for j, sub in enumerate(recipient.sub_processors):
                yield f"/recipients/{i}/sub_processors/{j}/service", sub.service
        for i, system in enumerate(self.systems):
            yield f"/systems/{i}/name", system.name
            for j, field in enumerate(system.fields):
                yield f"/systems/{i}/fields/{j}/meaning", field.meaning
        for i, activity in enumerate(self.activities):
            yield from ((f"/activities/{i}{place}", text) for place, text in activity.texts())

    def is_text(self, text: str) -> bool:
        """Whether it is one of these texts, in the record's own language."""
        return any(each == text for _, each in self.texts())

    def translations_of(self, text: str) -> tuple[Wording, ...]:
        """The text in other languages."""
        return next((each.others for each in self.translations if each.text == text), ())

    def wording(self, text: str, language: str) -> Wording:
        """A text of the record for a reader of `language`: in that language, else in English, else as it stands."""
        return wording_in(language, text, own=self.language, others=self.translations_of(text))

    def name_of(self, some_id: str) -> str:
        """The name of the system, recipient, activity or category of data with this id; anything else as it is."""
        names = {each.id: each.name for each in self.systems}
        names |= {each.id: each.name for each in self.recipients}
        names |= {each.id: each.name for each in self.activities}
        names |= {category.id: category.name for each in self.activities for category in each.data}
        return names.get(some_id, some_id)

    def controller_names(self) -> dict[str, str]:
        """The names of the controllers by id, without those that two of them share."""
        often = Counter(each.name for each in self.controllers)
        return {each.id: each.name for each in self.controllers if often[each.name] == 1}

    def gaps(self, language: str) -> tuple[str, ...]:
        """Places of the texts that the record does not have in this language."""
        return tuple(place for place, text in self.texts() if self.wording(text, language).language != language)

    def group_name(self, subjects: str) -> str:
        """The name of a category of data subjects; its id where it has no name."""
        return next((each.name for each in self.groups if each.id == subjects), subjects)

    def controller(self, controller_id: str) -> Controller:
        """Raises ControllerUnknown."""
        for controller in self.controllers:
            if controller.id == controller_id:
                return controller
        raise ControllerUnknown(controller=controller_id, existing={each.id: (each.id,) for each in self.controllers})

    @property
    def children_under(self) -> int:
        """Age in years: data of a younger child is erased without a request, whichever controller holds it."""
        return self.notice.children_under

    def controller_of_mailbox(self, address: str) -> Controller | None:
        """The controller with this mailbox; letter case does not matter."""
        wanted = address.casefold()
        for controller in self.controllers:
            if wanted in (mailbox.casefold() for mailbox in controller.mailboxes):
                return controller
        return None

    def mailbox_of(self, controller_id: str) -> str:
        """The mailbox for requests to the controller: its own, or that of the controller that receives for it.

        Raises ControllerUnknown.
        """
        controller = self.controller(controller_id)
        if controller.mailboxes:
            return controller.mailboxes[0]
        return self.mailbox_of(controller.mailbox_of) if controller.mailbox_of is not None else ""

    def served(self, controller_id: str) -> ServedController:
        """Another controller for which we process data. Raises ControllerUnknown."""
        for each in self.processing_for:
            if each.id == controller_id:
                return each
        existing = {each.id: (each.id,) for each in self.processing_for}
        raise ControllerUnknown(controller=controller_id, existing=existing)

    def processes_for(self, controller_id: str, other_id: str) -> bool:
        """Whether this controller is a processor of that other one (GDPR Art. 4(8))."""
        return any(each.id == other_id and controller_id in each.processors for each in self.processing_for)

    def activity(self, activity_id: str) -> ProcessingActivity:
        """Raises ActivityUnknown."""
        for activity in self.activities:
            if activity.id == activity_id:
                return activity
        raise ActivityUnknown(activity=activity_id, existing=self.owners_of_activities())

    def owners_of_activities(self) -> dict[str, tuple[str, ...]]:
        """Each processing activity with its controllers."""
        return {each.id: each.controllers for each in self.activities}

    def activities_of(self, controller_id: str, subject: str | None = None) -> tuple[ProcessingActivity, ...]:
        """The controller's processing activities, for one category of data subjects or for all. Raises
        ControllerUnknown.
        """
        controller = self.controller(controller_id)
        return tuple(
            activity
            for activity in self.activities
            if controller.id in activity.controllers and (subject is None or subject in activity.subjects)
        )

    def require_subjects(self, subjects: Iterable[str]) -> frozenset[str]:
        """Check categories of data subjects against the activities. Raises SubjectsUnknown."""
        wanted = frozenset(subjects)
        known = {subject for activity in self.activities for subject in activity.subjects}
        if wanted - known:
            raise SubjectsUnknown(f"The record of processing has these categories: {', '.join(sorted(known))}.")
        return wanted

    def are_joint(self, first: str, second: str) -> bool:
        """Whether two controllers carry out some activity together (GDPR Art. 26(1))."""
        return any({first, second} <= set(activity.controllers) for activity in self.activities)

    def recipients_of(self, controller_id: str, subjects: Collection[str] = ()) -> tuple[str, ...]:
        """Ids of the recipients of the controller's activities, of all or of those about some categories of people.

        Raises ControllerUnknown.
        """
        return tuple(
            sorted(
                {
                    recipient
                    for activity in self.activities_of(controller_id)
                    if not subjects or set(subjects) & set(activity.subjects)
                    for recipient in activity.recipients
                }
            )
        )

    def recipients_touched(
        self, controller_id: str, *, activities: Collection[str], systems: Collection[str]
    ) -> tuple[str, ...]:
        """Ids of the recipients of these activities of the controller that use one of these systems, and of processors
        that run one of them (GDPR Art. 19). Raises ControllerUnknown.
        """
        using = [
            activity
            for activity in self.activities_of(controller_id)
            if activity.id in activities and not set(systems).isdisjoint(activity.systems)
        ]
        disclosed = {recipient for activity in using for recipient in activity.recipients}
        held_in = {system for activity in using for system in activity.systems}
        known = {recipient.id for recipient in self.recipients}
        running = {system.operator for system in self.systems if system.id in held_in and system.id in systems}
        return tuple(sorted(disclosed | (running & known)))

    def systems_of(self, activities: Iterable[str]) -> tuple[str, ...]:
        """Ids of the systems of these activities, sorted. Raises ActivityUnknown."""
        return tuple(sorted({system for each in activities for system in self.activity(each).systems}))

    def system(self, system_id: str) -> System:
        """Raises SystemUnknown."""
        for system in self.systems:
            if system.id == system_id:
                return system
        owners: dict[str, set[str]] = {each.id: set() for each in self.systems}
        for activity in self.activities:
            for each in activity.systems:
                owners[each].update(activity.controllers)
        raise SystemUnknown(system=system_id, existing=owners)

    def terms_of(self, system_id: str) -> dict[str, str]:
        """Addresses of terms of common vocabularies, by the fields of a system that mean the same."""
        fields = [field for system in self.systems if system.id == system_id for field in system.fields]
        return {field.name: field.term for field in fields if field.term is not None}

    @property
    def own_files(self) -> str:
        """Id of the system with the case files of the privacy team, which this service keeps (GDPR Art. 5(2))."""
        return next((system.id for system in self.systems if system.kind == OWN_FILES), OWN_FILES)

    def require_systems(self, controller_id: str, systems: Iterable[str]) -> None:
        """Raises SystemUnknown, SystemElsewhere (the system holds no data of the controller), ControllerUnknown."""
        held = {system for activity in self.activities_of(controller_id) for system in activity.systems}
        for system_id in systems:
            if self.system(system_id).id not in held:
                raise SystemElsewhere(system=system_id, controller=controller_id)

    def require_categories(self, controller_id: str, categories: Iterable[str]) -> None:
        """Raises CategoryUnknown for a category of data that no activity of the controller has; ControllerUnknown."""
        known = {category.id for activity in self.activities_of(controller_id) for category in activity.data}
        for category in categories:
            if category not in known:
                raise CategoryUnknown(category=category, controller=controller_id)

    def recipient(self, recipient_id: str) -> Recipient:
        """Raises RecipientUnknown."""
        for recipient in self.recipients:
            if recipient.id == recipient_id:
                return recipient
        owners: dict[str, set[str]] = {each.id: set() for each in self.recipients}
        for activity in self.activities:
            for each in activity.recipients:
                owners[each].update(activity.controllers)
        raise RecipientUnknown(recipient=recipient_id, existing=owners)

    def calendar_place(self, controller_id: str) -> tuple[str, str]:
        """Country and zone whose working days count for the controller's deadlines.

        Raises ControllerUnknown.
        """
        holder = self.calendar_holder(controller_id)
        return holder.country, holder.zone

    def calendar_holder(self, controller_id: str) -> Controller:
        """The controller whose working days count for this one's deadlines: itself, if its regime applies by
        establishment; otherwise the one that receives its letters. Raises ControllerUnknown.
        """
        controller = self.controller(controller_id)
        if controller.mailbox_of is not None and not controller.is_inside_its_regime:
            return self.controller(controller.mailbox_of)
        return controller

    def calendar_places(self) -> tuple[tuple[str, str], ...]:
        """Every (country, zone) whose holidays must be resolved when this document is adopted, sorted."""
        return tuple(sorted({self.calendar_place(controller.id) for controller in self.controllers}))
