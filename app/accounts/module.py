"""The plate of accounts."""

from flask import Flask

from app.accounts.rules import DEMO_PASSWORD
from app.accounts.views.visitor import visitor_of
from app.module import Module


def start(app: Flask) -> None:
    """The loader of the current person, and the one password of the demo's people."""
    app.login_manager.user_loader(visitor_of)  # type: ignore[attr-defined]
    if app.config["DEMO"]:
        app.extensions["demo_password"] = DEMO_PASSWORD


MODULE = Module(name="accounts", start=start)
