"""The shared house of Tiwizi: what the market, the project bank and the academy stand on."""
