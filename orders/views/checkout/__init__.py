"""The checkout: one look at it, its two pages, and the steps between them."""
