"""The event store: one append-only table, written under a lock, readable without this program."""
