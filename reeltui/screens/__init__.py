"""The screens of the desk, one module and its style sheet each."""
