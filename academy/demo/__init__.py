"""Demo courses."""
