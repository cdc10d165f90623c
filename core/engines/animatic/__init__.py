"""The animatic engine: a storyboard film with timing and scratch sound, on any CPU, deterministic for a seed."""
