"""New editions of legal lists from files: read, compared with what is held, decided by a person.

A source streams rows, `match` suggests whose they are, `compare` says what is new, gone or
changed. Nothing here writes a list; only decisions of a person are kept.
"""
