"""XML written as text: a feed may be long, and a tree of it would be many times as long."""

import re

from markupsafe import escape

# What XML 1.0 cannot hold, not even as a number.
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: object) -> str:
    """Words as they stand in an element or an attribute."""
    return str(escape(_UNFIT.sub("", str(text))))


def element(name: str, text: object = "", **attributes: object) -> str:
    """One element with words in it, or none: `element("link", rel="self", href=…)`."""
    said = "".join([f' {key.replace("_", ":")}="{xml_text(value)}"' for key, value in attributes.items()])
    return f"<{name}{said}>{xml_text(text)}</{name}>\n"


def enclosing(name: str, *inner: str, **attributes: object) -> str:
    """One element around others that are written already."""
    said = "".join([f' {key.replace("_", ":")}="{xml_text(value)}"' for key, value in attributes.items()])
    return f"<{name}{said}>\n{''.join(inner)}</{name}>\n"
