"""ASSESS: evidence and rules in, findings out. Pure: no socket, no clock, no file."""
