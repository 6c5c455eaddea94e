"""What does it say: one probe a file, each ending in `PROBE: Probe = …`."""
