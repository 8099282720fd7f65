"""`tiwizi run`: the server with its worker in one process, for a machine of one's own."""

import signal
import sys
from contextlib import suppress
from wsgiref.types import WSGIApplication

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer

from app.engines.job_process import JobProcesses
from app.engines.language import read_translations
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
MOVES = (
    16 * 1024
)  # bytes within `channel_timeout`, or whoever sends them is let go: less than the slowest phone line carries
BOUNDS = {  # of what strangers send without end, or begin and do not end
    "connection_limit": 400,  # as many slow ones keep nobody out: each has two open files at most, of 1,024
    "channel_timeout": 60,
    "cleanup_interval": 10,
    "inbuf_overflow": 64 * 1024,  # what is longer waits on the disk
    "max_request_header_size": 32 * 1024,
}


class SaysItsLength(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A body in chunks is refused unread: no browser and no proxy of ours sends one, and a million chunks of one letter keep
    the thread that serves every connection busy for minutes."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked:
            raise ParsingError("a body says how long it is")


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection whose requests are read so, and come in time: whoever sends a byte now and then keeps no place."""

    parser_class = SaysItsLength
    last_activity: float
    come = 0  # bytes since it last moved
    moved_at = 0.0

    def received(self, data: bytes) -> bool:
        """It moves when a request begins, has come whole, or goes on by so much; waitress lets go of what does not."""
        coming = self.request
        read: bool = super().received(data)
        self.come += len(data)
        if self.request is None or self.request is not coming or self.come >= MOVES:
            self.come, self.moved_at = 0, self.last_activity
        self.last_activity = self.moved_at
        return read


def open_door(app: WSGIApplication, port: int, threads: int, most_bytes: int, **others: int) -> BaseWSGIServer:
    """The server, which has the address from now on; `others` are settings of waitress. Raises OSError."""
    bounds = {**BOUNDS, "max_request_body_size": most_bytes, **others}
    server = create_server(
        app,
        host="127.0.0.1",
        port=port,
        threads=threads,
        ident=None,
        clear_untrusted_proxy_headers=False,  # none is believed but by ProxyFix; /metrics must see that there is a proxy
        asyncore_use_poll=True,  # select knows no more than 1,024 open files
        **bounds,
    )
    server.channel_class = Channel
    return server


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
    read_translations()
    processes = JobProcesses(app)  # before the first thread; if there is no door, they end with us
    try:  # the door first: nothing is begun at an address that another server has
        server = open_door(app, port, threads, cut_off)
    except OSError as trouble:
        sys.exit(f"tiwizi: 127.0.0.1:{port} cannot be used ({trouble.strerror}): choose another with --port")
    upgrade_database()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))  # before any work begins, which a stop gives back
    workers = start_worker(app, app.extensions["schedule"], processes)
    try:
        with suppress(OSError):  # a disk that is full takes no greeting
            greet(app, f"http://127.0.0.1:{port}")
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
