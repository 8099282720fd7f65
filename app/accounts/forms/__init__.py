"""What people type about themselves and their organisations, read into plain values."""
