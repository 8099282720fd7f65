"""`tiwizi run`: the server with its worker in one process, for a machine of one's own."""

import signal
import sys

import click
from flask import current_app
from flask.cli import with_appcontext
from waitress import serve

from app.engines.logs import set_up_logs
from app.engines.migrating import upgrade_database
from app.engines.worker import start_worker

DEMO_NOTE = (
    "Demo people: buyer, chair, treasurer, seller, packer, seller2, founder, learner, instructor, mentor, funder, "
    "evaluator, operator, operator2"
)


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="On 127.0.0.1.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64))
@with_appcontext
def run(port: int, threads: int) -> None:
    """Serve the site, with the worker for letters and jobs."""
    set_up_logs()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    upgrade_database()
    consumer = start_worker(app, app.extensions["schedule"])
    address = f"http://127.0.0.1:{port}"
    click.echo(f"\n  {app.config['SITE_NAME']} is at {address}/fr/  {address}/ar/  {address}/en/")
    if app.config["DEMO"]:
        click.echo(f"  {DEMO_NOTE}\n  each @demo.tiwizi.example, password: {app.extensions['demo_password']}")
        click.echo(f"  One click signs them in: {address}/fr/sign-in   Letters: {address}/fr/demo/letters\n")
    elif first := app.extensions["first_run_address"](address):
        click.echo(f"  Nobody runs this site yet. This page makes the first operator, once: {first}\n")
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    try:
        serve(app, host="127.0.0.1", port=port, threads=threads, ident=None, clear_untrusted_proxy_headers=True)
    finally:
        consumer.stop()
