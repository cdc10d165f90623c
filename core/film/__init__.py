"""The vocabulary: plans, shots, takes, verdicts, presets, requests. Frozen structs, no I/O."""
