"""Measuring, not testing: speed and memory of the pages on the large demo."""
