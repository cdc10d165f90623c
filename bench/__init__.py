"""Benchmarks: they print figures and targets and never fail."""
