"""The yardstick: a bare Flask application that returns a constant string."""

from flask import Flask

app = Flask("bare")


@app.get("/")
def constant() -> str:
    """One constant sentence."""
    return "A constant string."
