"""Who is there: one source a file, each ending in `DISCOVERY: Discovery = …`."""
