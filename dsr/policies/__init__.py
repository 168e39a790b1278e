"""Policies: whenever X happened, do Y. One per file; positions are tracked, and each effect happens once."""
