"""Pages of visitors are kept, and always true."""
