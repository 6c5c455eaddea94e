"""Reads with the operator's credentials: who is asked with which, how often, and for what."""
