"""The use cases: each loads an aggregate, runs one command, and saves it with its read models in one transaction."""
