"""Pure codecs: bytes ↔ plain fields. Nothing here raises on bad bytes or opens a socket."""
