"""Rules of orders: the four axes and their moves, what a purchase adds up to, limits, prices, promised days. Pure."""
