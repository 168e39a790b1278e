"""Follows the log by polling, which works on both databases and across processes."""

from collections import deque
from collections.abc import Sequence
from threading import Event
from typing import Final

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription

POLL_SECONDS: Final = 0.2
PAGE: Final = 500


class PollingSubscription(Subscription[ApplicationRecorder]):
    """Yields each event once, in order of position; waits for new ones until stopped.

    Positions are dense and become visible in order, so nothing can appear behind the last one seen.
    """

    def __init__(self, recorder: ApplicationRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        super().__init__(recorder, gt=gt, topics=topics)
        self._waiting: deque[Notification] = deque()
        self._stopped = Event()

    def stop(self) -> None:
        """End the iteration, even while it waits in another thread."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        while not self._stopped.is_set():
            if self._waiting:
                notification = self._waiting.popleft()
                self._last_notification_id = notification.id
                return notification
            self._waiting.extend(
                self._recorder.select_notifications(
                    start=self._last_notification_id or 0, limit=PAGE, topics=self._topics, inclusive_of_start=False
                )
            )
            if not self._waiting:
                self._stopped.wait(POLL_SECONDS)
        raise StopIteration
