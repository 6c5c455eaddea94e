"""Evidence from other tools' files: one format a file, each ending in `IMPORT: Import = …`."""
