"""Files of goods from elsewhere and for elsewhere."""
