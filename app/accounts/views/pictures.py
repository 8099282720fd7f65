"""Addresses of organisations' pictures."""

from flask import url_for

from app.engines.files.pictures import key_of


def picture_address(stem: str | None, size: str) -> str | None:
    """The address of a stored picture in a size, None when there is none."""
    if stem is None:
        return None
    _kind, folder, name = key_of(stem, size).split("/")
    return url_for("files.picture", folder=folder, name=name)
