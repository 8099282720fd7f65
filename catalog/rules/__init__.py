"""Pure rules of the catalogue: states and limits, the category tree, reading of prices and quantities."""
