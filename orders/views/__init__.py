"""Doors of orders: the basket, the checkout, the buyer's pages, a cooperative's office, the desk."""
