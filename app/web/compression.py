"""Text goes over a weak line compressed."""

import gzip

from flask import Response, request

SMALLEST = 1_000
KINDS = (
    "text/",
    "application/json",
    "application/problem+json",
    "image/svg+xml",
    "application/javascript",
    "application/atom+xml",
    "application/rss+xml",
)


def compress(response: Response) -> Response:
    """gzip answers of text above a kilobyte when the browser takes it; pictures and files are left as they are."""
    if (
        response.status_code not in (200, 404, 409, 422)
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
        or not (response.mimetype or "").startswith(KINDS)
    ):
        return response
    response.vary.add("Accept-Encoding")
    if "gzip" in request.headers.get("Accept-Encoding", "") and (response.content_length or 0) >= SMALLEST:
        response.set_data(gzip.compress(response.get_data(), compresslevel=4, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
