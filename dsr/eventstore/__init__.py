"""How events are kept: one append-only table, written under a lock, readable without this program."""
