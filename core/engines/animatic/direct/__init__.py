"""The insides of the animatic director: reading a sentence, casting, the arc, prompts, narration, music brief."""
