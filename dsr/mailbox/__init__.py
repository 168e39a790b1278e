"""Incoming mail: safe parsing, threading, and suggested rights. Nothing here makes a decision."""
