"""Small child programs, each round exactly one third-party library; JSON lines on stdin/stdout."""
