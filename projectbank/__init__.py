"""Project sheets and the groups that start from them."""
