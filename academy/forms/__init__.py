"""What people type in academy, read into plain values."""
