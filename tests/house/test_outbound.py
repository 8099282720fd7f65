"""Nothing leaves the house but through its known ways out: HTTP through one engine, letters through the relay."""

import ast

from tests.house.test_code import trees

# What opens a line to somewhere, by the beginning of its name.
LINES = {
    *("socket", "ssl", "asyncio", "select", "selectors", "socketserver", "xmlrpc", "ftplib", "poplib", "imaplib", "smtplib"),
    *("http.client", "http.server", "urllib.request", "urllib.robotparser", "requests", "urllib3", "httpx", "aiohttp"),
    *("pycurl", "websocket", "websockets", "paramiko", "dns"),
}
WAYS_OUT = {
    "app/engines/job_process.py": {"socket"},  # a pair of ends between two processes of the house
    "app/engines/outbound.py": {"socket", "ssl", "http.client"},
    "app/engines/relay.py": {"smtplib", "socket", "ssl"},
}
# The card library brings clients of its own; ours stand on its interface and go through the engine, or stay in this process.
OF_THE_CARD_LIBRARY = {"stripe.HTTPClient", "stripe.StripeClient"}


def opened_by(tree: ast.Module) -> set[str]:
    """The modules that open lines among what a file imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {line for line in LINES for name in names if name == line or name.startswith(f"{line}.")}


def test_lines_to_the_outside_are_opened_in_known_places_alone() -> None:
    opened = {path: found for path, tree in trees() if not path.startswith("migrations/") and (found := opened_by(tree))}
    assert opened == WAYS_OUT


def clients_of_the_card_library(tree: ast.Module) -> set[str]:
    found = (ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {name for name in found if name.startswith("stripe.") and name.lower().endswith("client")}


def test_the_clients_that_the_card_library_brings_are_used_nowhere() -> None:
    assert set().union(*(clients_of_the_card_library(tree) for _path, tree in trees())) == OF_THE_CARD_LIBRARY
    assert clients_of_the_card_library(ast.parse("stripe.RequestsClient(timeout=3)")) == {"stripe.RequestsClient"}


def test_another_way_out_is_noticed() -> None:
    for text in ("import requests", "from urllib import request", "import urllib.request as u", "from http import client"):
        assert opened_by(ast.parse(text)), text
    assert not opened_by(ast.parse("from urllib.parse import urlsplit\nimport http"))
