"""Devices: which there are, what their driver says about memory, load and heat, and one that is only simulated."""
