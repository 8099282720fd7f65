"""The web shell: what every page and every JSON answer shares."""
