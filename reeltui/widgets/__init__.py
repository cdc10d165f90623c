"""What screens are made of. Widgets hold no truth: they paint what they are shown."""
