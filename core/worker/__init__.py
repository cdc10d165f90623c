"""Runs one reel: the loop, the hosts (one backend, one child process each), what is accepted, Ctrl-C."""
