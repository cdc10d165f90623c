"""The detached process that owns the devices: how it starts and ends, the queue it serves, what it says of itself."""
