"""The eventsourcing library's own suites, run against our recorders on both databases.

Its tracking and process suites want recorders that this service does not have: read models commit with the events.
"""

import pytest
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

from dsr.database import Database
from dsr.eventstore.recorder import LogApplicationRecorder, LogRecorder


def suite_names(case: type) -> list[str]:
    return sorted(name for name in dir(case) if name.startswith(("test", "optional_test")))


class OnOurAggregateRecorder(AggregateRecorderTestCase):
    __test__ = False  # run by the functions below, once for each database
    recorder: LogRecorder

    def create_recorder(self) -> LogRecorder:
        return self.recorder


class OnOurApplicationRecorder(ApplicationRecorderTestCase[LogApplicationRecorder]):
    __test__ = False  # run by the functions below, once for each database
    recorder: LogApplicationRecorder

    def create_recorder(self) -> LogApplicationRecorder:
        return self.recorder


class OnOurInterleaving(NonInterleavingNotificationIDsBaseCase):
    __test__ = False  # run by the functions below, once for each database
    recorder: LogApplicationRecorder

    def create_recorder(self) -> LogApplicationRecorder:
        return self.recorder


@pytest.mark.parametrize("name", suite_names(AggregateRecorderTestCase))
def test_aggregate_recorder_passes_the_librarys_suite(database: Database, name: str) -> None:
    case = OnOurAggregateRecorder(name)
    case.recorder = LogRecorder(database)
    case.debug()


@pytest.mark.parametrize("name", suite_names(ApplicationRecorderTestCase))
def test_application_recorder_passes_the_librarys_suite(database: Database, name: str) -> None:
    case = OnOurApplicationRecorder(name)
    case.recorder = LogApplicationRecorder(database)
    case.debug()


@pytest.mark.parametrize("name", suite_names(NonInterleavingNotificationIDsBaseCase))
def test_positions_of_two_streams_never_interleave(database: Database, name: str) -> None:
    case = OnOurInterleaving(name)
    case.recorder = LogApplicationRecorder(database)
    case.debug()
