"""Measures the studio's models at their real size with random weights, stock diffusers beside ours, on one card."""
