"""The domain: aggregates, their events, pure rules of the law, and the ports they need.

It imports no framework, reads like docs/law, and runs without a database.
"""
