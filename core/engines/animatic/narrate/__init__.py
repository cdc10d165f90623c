"""The narrator's parts: espeak-ng, Japanese readings, numbers, polish."""
