"""The engine of reeltui: makes reels, knows no screen."""
