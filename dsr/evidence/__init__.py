"""Proofs that the log is whole: a Merkle tree over its headers, signed checkpoints of it, and witnesses of these."""
