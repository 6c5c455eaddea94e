"""Keeps runs so that they can be listed, rendered again and compared."""
