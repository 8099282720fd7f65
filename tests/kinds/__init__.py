"""One test for all things of a kind: every service, every list, every button, every letter, every limit."""
