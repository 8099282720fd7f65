"""The role matrix: a small world with secrets in it, every person, every route."""
