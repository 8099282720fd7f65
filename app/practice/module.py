"""The plate of the practice card provider: the factory loads it by its name in the settings, in demo mode alone."""

from flask import Flask

from app.module import Module, Schedule, Work
from app.practice.jobs import deliver
from app.practice.posting import post_into
from app.practice.server import create_practice, mount_practice
from app.settings import PRACTICE_KEY


def start(app: Flask) -> None:
    """Open the provider on a file of the instance, with its pages under /practice of the house."""
    config = app.config
    provider = create_practice(
        config["INSTANCE"] / "practice.db",
        secret_key=PRACTICE_KEY,
        webhook_secret=config["STRIPE_WEBHOOK_SECRET"],
        public_url=config["PUBLIC_URL"] + "/practice",
        webhook_url=config["PUBLIC_URL"] + "/webhooks/stripe",
        post=post_into(app.wsgi_app),
    )
    app.extensions["practice"] = provider
    app.wsgi_app = mount_practice(app.wsgi_app, provider)  # type: ignore[method-assign,assignment]  # Flask is wrapped by replacing its method


MODULE = Module(
    name="app.practice",
    jobs={"practice.deliver": Work(deliver, "payments")},
    schedule=[Schedule("practice.deliver", 60)],
    start=start,
)
