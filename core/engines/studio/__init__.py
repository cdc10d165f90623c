"""The studio engine: real models on one device, each in a host of its own."""
