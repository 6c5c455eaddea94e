"""camcensus: finds surveillance hardware of listed makers and writes the report to replace it."""

__version__ = "0.1.0"
