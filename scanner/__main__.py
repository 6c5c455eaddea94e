"""`python -m scanner` is the same program as `camcensus`."""

from scanner.cli import main

if __name__ == "__main__":
    main()
