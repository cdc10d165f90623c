"""Pure decisions: which steps exist, what is stale, what a label changes, what runs next, what it will cost."""
