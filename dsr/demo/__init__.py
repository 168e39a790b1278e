"""The demo: twelve cases and two matters from receipt to closing, with real mail, a real server, HTTP, and a replay of
the log.

The demo is a client: it speaks to the command line and over HTTP. Only `later`, which sets a clock ahead, drives the
service itself.
"""
