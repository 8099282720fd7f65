"""Pages of the house itself: home, my path, the operator's desk, legal texts, health."""
