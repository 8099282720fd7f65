"""How the addresses of pages begin."""

# The language every page's address begins with; `shell` takes it out of what a view is given.
PAGE = "/<any(fr,ar,en):lang>"
