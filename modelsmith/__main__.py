"""`python -m modelsmith` is the `modelsmith` command."""

import sys

from modelsmith.cli import main

if __name__ == "__main__":
    sys.exit(main())
