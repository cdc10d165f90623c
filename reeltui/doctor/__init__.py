"""Checks of the machine, each with its remedy; `diagnose` runs them, faces show them."""
