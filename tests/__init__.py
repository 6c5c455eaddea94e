"""The promises of camcensus, tested. A package, so that no installed `tests` hides it."""
