"""A witness of logs: on a host of the data protection officer or the auditor, apart from the service.

It remembers how far it saw each log, and cosigns only what extends that (C2SP tlog-witness). So the people who run
the service can't show different histories to different readers.
"""
