"""The gateway: hands a message for a phone to an HTTP service as the settings say, and what its answer means."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from app.engines.outbound import Unreachable, ask
from app.engines.pauses import NeighbourAway
from app.engines.relay import NotTaken, Refused

PLACES = re.compile(r"\{(to|digits|text|key|token)\}")
MOST_BYTES = 20_000
OF_US = {401, 402, 403, 404, 405, 407}  # key, credit, address: no word about the number
NOT_NOW = {408, 425, 429}


def send_message(settings: Mapping[str, Any], recipient: str, text: str, key: str) -> None:
    """Give the message to the gateway. Raises NeighbourAway, NotTaken, Refused; their words hold no number and no text."""
    values = {
        "to": recipient,
        "digits": recipient.removeprefix("+"),
        "text": text,
        "key": key,
        "token": settings["MESSAGES_TOKEN"],
    }
    template = settings["MESSAGES_BODY"]
    as_json = template.lstrip().startswith(("{", "["))
    kind = "application/json" if as_json else "application/x-www-form-urlencoded"
    own = (line.partition(":") for line in settings["MESSAGES_HEADERS"].split("|") if line.strip())
    headers = {name.strip(): _filled(value.strip(), values, str) for name, _colon, value in own}
    reading = settings["MESSAGES_METHOD"] == "GET"
    try:
        answer = ask(
            settings["MESSAGES_METHOD"],
            _filled(settings["MESSAGES_URL"], values, _in_address),
            seconds=settings["MESSAGES_SECONDS"],
            allowed=settings["OUTBOUND_ALLOW"],
            headers=headers if reading else {"Content-Type": kind, **headers},
            body=None if reading else _filled(template, values, _in_json if as_json else _in_address).encode(),
            most_bytes=MOST_BYTES,
        )
    except Unreachable as trouble:
        raise NeighbourAway(str(trouble), counted=trouble.asked) from None
    _judge(settings, answer.status, answer.body.decode(errors="replace"))


def _judge(settings: Mapping[str, Any], status: int, body: str) -> None:
    """What the gateway's own words mean goes before what the status does. Raises NeighbourAway, NotTaken, Refused."""
    words = f"HTTP {status}"
    if _says(settings["MESSAGES_REFUSED"], body):
        raise Refused(words, of_address=True)
    if _says(settings["MESSAGES_AGAIN"], body):
        raise NotTaken(words)
    if 200 <= status < 300:
        if settings["MESSAGES_TAKEN"] and not _says(settings["MESSAGES_TAKEN"], body):
            raise NotTaken(f"{words}, not the answer of one taken")
    elif status < 400 or status in OF_US | NOT_NOW:
        raise NeighbourAway(words)
    elif status >= 500:
        raise NeighbourAway(words, counted=True)
    else:
        raise Refused(words)


def _says(pattern: str, body: str) -> bool:
    return bool(pattern) and re.search(pattern, body) is not None


def _filled(template: str, values: Mapping[str, str], written: Callable[[str], str]) -> str:
    """The template with each of its places filled, as it is written there."""
    return PLACES.sub(lambda place: written(values[place[1]]), template)


def _in_address(value: str) -> str:
    return quote(value, safe="")


def _in_json(value: str) -> str:
    """Between the quotation marks that the template sets."""
    return json.dumps(value)[1:-1]
