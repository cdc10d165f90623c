"""The studio engine: the real models, each loaded by one host process."""
