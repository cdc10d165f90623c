"""The faces of reeltui: the command line; later the terminal app and an HTTP API."""

__version__ = "0.1.0"
