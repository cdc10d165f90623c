"""The composer's parts: reading the brief, writing the score, sounding it."""
