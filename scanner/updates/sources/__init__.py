"""One file a format of published lists; each ends in its `SOURCE`."""
