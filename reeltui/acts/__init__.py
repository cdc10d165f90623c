"""What a person can do to reels, shared by every face: it does and returns, and never prints or asks."""
