"""What the law says: aggregates, their events, pure rules and the ports they need.

Imports no framework: this package reads like docs/law, and runs without a database.
"""
