"""Demonstration orders, made through the services as buyers and cooperatives make them."""
