"""The use cases: load an aggregate, run one command, save it with its read models in one transaction."""
