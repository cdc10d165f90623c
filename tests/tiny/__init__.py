"""Tiny random checkpoints, built with the real classes, so that real pipelines run in a test."""
