"""Forms of the catalogue: what was typed read into plain values."""
