"""The error bodies of the CRM: whole request or one item (section 5)."""

from __future__ import annotations

from typing import Any


def error_body(code: str, message: str, details: dict[str, Any]) -> dict[str, Any]:
    """The one shape of every CRM error."""
    return {"code": code, "details": details, "message": message, "status": "error"}


class ApiError(Exception):
    """The whole request is refused; `wrap` puts the body into a list."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: dict[str, Any] | None = None,
        *,
        wrap: str | None = None,
        headers: list[tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.body = error_body(code, message, details or {})
        self.wrap = wrap
        self.headers = headers or []


class ItemError(Exception):
    """One record of a batch is refused."""

    def __init__(
        self, code: str, message: str, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.body = error_body(code, message, details or {})


def bad_param(name: str, **more: Any) -> ApiError:
    """400 INVALID_DATA for a query parameter."""
    return ApiError(400, "INVALID_DATA", "invalid data", {"param_name": name, **more})


def missing_param(name: str) -> ApiError:
    """400 REQUIRED_PARAM_MISSING."""
    return ApiError(
        400,
        "REQUIRED_PARAM_MISSING",
        "required param is missing",
        {"param_name": name},
    )


def over_limit(limit: int, name: str) -> ApiError:
    """400 LIMIT_EXCEEDED for a query parameter."""
    return ApiError(
        400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": limit, "param_name": name}
    )


def invalid_module() -> ApiError:
    """400 INVALID_MODULE."""
    return ApiError(
        400,
        "INVALID_MODULE",
        "the module name given seems to be invalid",
        {"resource_path_index": 0},
    )


def invalid_url() -> ApiError:
    """404 INVALID_URL_PATTERN."""
    return ApiError(
        404,
        "INVALID_URL_PATTERN",
        "Please check if the URL trying to access is a correct one",
    )
