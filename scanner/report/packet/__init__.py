"""The packet under a contract clause, one rendering a file."""
