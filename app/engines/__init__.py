"""Doors to the outside, each with an embedded and a scaled form."""
