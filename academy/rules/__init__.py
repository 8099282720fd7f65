"""Academy's rules: states of a course, marking, progress, certificates, limits. Pure."""
