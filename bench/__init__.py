"""Comparisons with other tools, in network namespaces of their own; ratios from one run."""
