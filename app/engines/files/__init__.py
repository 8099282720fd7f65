"""Files people upload and the house makes, behind a small interface."""
