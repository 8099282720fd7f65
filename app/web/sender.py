"""Where a request comes from, as limits count it: by a key, never in clear."""

import hmac
import ipaddress
from urllib.parse import urlsplit

from flask import current_app, request


def sender() -> str:
    """The visitor's address, keyed; an IPv6 address by its network, of which one household has many."""
    written = request.remote_addr or "127.0.0.1"
    try:
        address = _address(written)
    except ValueError:  # a proxy that writes names
        return _keyed(written)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or ipaddress.ip_network((int(address) >> 64 << 64, 64)).network_address
    return _keyed(str(address))


def _address(written: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """What a server or a proxy writes, with or without a port behind it. Raises ValueError."""
    try:
        return ipaddress.ip_address(written)
    except ValueError:
        return ipaddress.ip_address(urlsplit(f"//{written}").hostname or "")


def _keyed(address: str) -> str:
    return hmac.new(current_app.config["SECRET_KEY"].encode(), f"address\x1f{address}".encode(), "sha256").hexdigest()
