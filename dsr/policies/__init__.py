"""Whenever X happened, then Y: one policy per file, position tracked, each effect once."""
