"""The files of tests that take longest, the longest first, so that none of them begins when all others are done.

With xdist's `loadfile`, one process runs a file whole, and takes the next one in this order. `make test
PYTEST_ARGS=--durations=50` shows what belongs here.
"""

LONGEST = (
    "tests/api/console/test_every_page_in_browser.py",
    "tests/load/test_killed_processes.py",
    "tests/load/test_slow_connections.py",
    "tests/api/my/test_in_browser.py",
    "tests/domain/request/machine/test_request_machine.py",
    "tests/api/console/test_hostile_input.py",
    "tests/installations/test_upgrading.py",
    "tests/test_scheduler.py",
    "tests/cli/test_worker_command.py",
    "tests/api/test_generated_client.py",
    "tests/api/test_generated_requests.py",
    "tests/api/test_access.py",
    "tests/policies/test_policies.py",
    "tests/load/test_two_processes.py",
    "tests/test_tour.py",
    "tests/desk/test_use_cases.py",
    "tests/desk/test_reading_the_inbox.py",
    "tests/projections/test_rebuild_in_processes.py",
    "tests/projections/test_read_model_contract.py",
    "tests/test_canaries.py",
    "tests/mailbox/test_inboxes.py",
    "tests/projections/test_rebuild.py",
    "tests/projections/test_queue.py",
    "tests/load/test_senders_that_stand_still.py",
    "tests/desk/dispatching/test_sending.py",
    "tests/desk/dispatching/test_saying_what_stands.py",
    "tests/desk/test_sign_in_mail.py",
    "tests/desk/test_uploading.py",
    "tests/desk/test_delivering.py",
    "tests/api/test_cost_of_routes.py",
    "tests/api/test_docs_in_browser.py",
    "tests/load/test_readers_that_stand_still.py",
    "tests/exports/test_streaming.py",
    "tests/demo/test_demo_cases.py",
    "tests/cli/test_service_commands.py",
    "tests/api/test_both_backends.py",
)
