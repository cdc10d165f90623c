"""Pictures in a terminal: drawn as cells outside the screen's thread, kept by content; clips played on demand."""
