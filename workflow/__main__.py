"""`python -m workflow`. In the wheel this file is cli.py itself: see pyproject.toml."""

from cli import main

if __name__ == "__main__":
    main()
