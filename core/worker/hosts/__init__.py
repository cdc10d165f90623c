"""Child processes that hold one backend each: what is said to them, how they are kept, and what they gave us."""
