"""`tiwizi run`: the server with its worker in one process, for a machine of one's own."""

import signal
import sys

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError

from app.engines.logs import set_up_logs
from app.engines.migrating import upgrade_database
from app.engines.pdf import missing_letters
from app.engines.worker import start_worker

DEMO_NOTE = (
    "Demo people: buyer, chair, treasurer, seller, packer, seller2, founder, learner, instructor, mentor, funder, "
    "evaluator, operator, operator2"
)
# Seconds until a thread must let another of the process go on. Whoever writes asks the database many short questions, and
# after each waits for its turn with the write lock in hand: with Python's 5 ms a busy server holds it ten times too long.
TURN_SECONDS = 0.0005


class SaysItsLength(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A body in chunks is refused unread: no browser and no proxy of ours sends one, and a million chunks of one letter keep
    the thread that serves every connection busy for minutes."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked:
            raise ParsingError("a body says how long it is")


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection whose requests are read so."""

    parser_class = SaysItsLength


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="On 127.0.0.1.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64))
@with_appcontext
def run(port: int, threads: int) -> None:
    """Serve the site, with the worker for letters and jobs."""
    set_up_logs()
    sys.setswitchinterval(TURN_SECONDS)
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxies hide it from types
    cut_off = 2 * app.config["MAX_CONTENT_LENGTH"]  # up to there the visitor gets our own page
    try:  # the door first: nothing is begun at an address that another server has
        server = create_server(
            app,
            host="127.0.0.1",
            port=port,
            threads=threads,
            ident=None,
            max_request_body_size=cut_off,
            clear_untrusted_proxy_headers=False,  # none is believed but by ProxyFix; /metrics must see that there is a proxy
        )
    except OSError as trouble:
        sys.exit(f"tiwizi: 127.0.0.1:{port} cannot be used ({trouble.strerror}): choose another with --port")
    server.channel_class = Channel
    upgrade_database()
    workers = start_worker(app, app.extensions["schedule"])
    greet(app, f"http://127.0.0.1:{port}")
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    try:
        server.run()
    finally:
        workers.stop()


def greet(app: Flask, address: str) -> None:
    """Where the site is, who may come in, and what an operator would otherwise learn too late."""
    click.echo(f"\n  {app.config['SITE_NAME']} is at {address}/fr/  {address}/ar/  {address}/en/")
    if "127.0.0.1" in address:
        click.echo(f"  Passkeys need a name: {address.replace('127.0.0.1', 'localhost')}/fr/")
    if app.config["DEMO"]:
        click.echo(f"  {DEMO_NOTE}\n  each @demo.tiwizi.example, password: {app.extensions['demo_password']}")
        click.echo(f"  One click signs them in: {address}/fr/sign-in   Letters: {address}/fr/demo/letters\n")
    elif first := app.extensions["first_run_address"](address):
        click.echo(f"  Nobody runs this site yet. This page makes the first operator, once: {first}\n")
    if boxed := missing_letters(app.config["OPERATOR_NAME"] or app.config["SITE_NAME"]):
        click.echo(f"  Certificates bear the office's name, and a box stands for these letters of it: {boxed}\n")
    if app.config["SECURE"] and not app.config["TRUSTED_PROXIES"]:
        click.echo("  TIWIZI_TRUSTED_PROXIES is 0: all visitors behind a proxy count as one for the limits on sign-in.\n")
    if app.config["SECURE"] and app.config["MAIL_URL"] == "console:":
        click.echo("  TIWIZI_MAIL_URL is console: letters are printed here and reach nobody.\n")
