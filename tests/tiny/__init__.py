"""Tiny stand-ins of the real models and servers."""
