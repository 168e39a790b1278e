"""The whole way of a request, shown: real mail, a real server, eleven cases over HTTP, and the log replayed.

The demo is a client: it speaks to the command line and over HTTP. Only `later`, which sets a clock ahead, drives the
service itself.
"""
