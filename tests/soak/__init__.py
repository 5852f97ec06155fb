"""The long campaigns: `pytest tests/soak --soak`."""
