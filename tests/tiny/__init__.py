"""Tiny random checkpoints on which the real pipelines run on a CPU: the real classes, a few thousand numbers each."""
