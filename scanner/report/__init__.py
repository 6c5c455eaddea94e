"""ScanReport → bytes: one format a file, each ending in `FORMAT: Format = …`."""
