"""Refusals of the stand-in, in the provider's error JSON."""

from typing import Any


class ApiError(Exception):
    """An answer other than success; whatever the request had written is undone unless ``lasting``."""

    lasting = False

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"error": {"type": kind, "message": message, **facts}}
        if code is not None:
            self.body["error"]["code"] = code
        if param is not None:
            self.body["error"]["param"] = param


class Declined(ApiError):
    """The bank said no; the failed attempt stays on record."""

    lasting = True

    def __init__(self, message: str, *, code: str, decline_code: str | None, charge: str, intent: dict[str, Any]) -> None:
        facts: dict[str, Any] = {"decline_code": decline_code, "charge": charge, "payment_intent": intent}
        super().__init__(message, status=402, kind="card_error", code=code, **facts)


def missing(kind: str, identifier: str, param: str = "id") -> ApiError:
    """No such object; also the answer for an object of another account."""
    return ApiError(f"No such {kind}: '{identifier}'", status=404, code="resource_missing", param=param)
