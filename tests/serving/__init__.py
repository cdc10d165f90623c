"""A real vLLM on the CPU serves a tiny random model to the director and the critic (`make test-serving`)."""
