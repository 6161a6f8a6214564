"""api/openapi.json: FastAPI's own list of routes, the collector's beside it, and the one error shape for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from dangol.server.collector import ALIVE, CALLS, PIXELS, SETTINGS, SOURCE_CONFIG

Json = dict[str, Any]

_ERROR: Json = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "string", "description": "stable; docs/errors.md lists them"},
        "message": {"type": "string", "description": "for people, in the language asked for"},
        "where": {"type": "string"},
        "hint": {"type": "string"},
        "problems": {"type": "array", "items": {"type": "object"}},
    },
}
_TEXT: Json = {"type": ["string", "null"]}
_OBJECT: Json = {"type": ["object", "null"]}
_CALL: Json = {
    "type": "object",
    "properties": {
        "type": _TEXT,
        "messageId": _TEXT,
        "userId": _TEXT,
        "anonymousId": _TEXT,
        "event": _TEXT,
        "name": _TEXT,
        "groupId": _TEXT,
        "previousId": _TEXT,
        "properties": _OBJECT,
        "traits": _OBJECT,
        "context": _OBJECT,
        "integrations": _OBJECT,
        "timestamp": _TEXT,
        "originalTimestamp": _TEXT,
        "sentAt": _TEXT,
        "writeKey": _TEXT,
    },
}
_BATCH: Json = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {"type": "array", "maxItems": 2500, "items": {"$ref": "#/components/schemas/Call"}},
        "context": _OBJECT,
        "integrations": _OBJECT,
        "sentAt": _TEXT,
        "writeKey": _TEXT,
    },
}
_TAKEN: Json = {"type": "object", "required": ["success"], "properties": {"success": {"const": True}}}
_SAYS = {
    "metrics": "An SDK's word about itself: answered, not kept",
    "batch": "Many calls at once",
    "replay": "A part of a session recording",
    "visitor": "Let the visitor's cookie live longer",
}
_REFUSALS = {
    "400": "the body cannot be taken; sending it again is no use",
    "401": "no write key, or an unknown one",
    "403": "a key used where it may not be",
    "408": "the request took too long to arrive",
    "413": "too large",
    "429": "more than the key allows, or than may wait; Retry-After says when",
    "503": "the disk does not take it; Retry-After says when",
}


def described(app: FastAPI) -> Json:
    """The OpenAPI document of a server: every path, with what it answers and how it refuses."""
    said = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, openapi_version="3.1.0"
    )
    for operations in said["paths"].values():
        for operation in operations.values():
            operation["tags"] = ["answers"]
            operation["responses"].pop("422", None)
            operation["responses"]["4XX"] = _refusal("what was asked for does not exist, or was not asked well")
    said["paths"] |= collected()
    parts = said.setdefault("components", {})
    bodies = {name: shape for name, shape in parts.get("schemas", {}).items() if not name.endswith("ValidationError")}
    parts["schemas"] = bodies | {"Error": _ERROR, "Call": _CALL, "Batch": _BATCH, "Taken": _TAKEN}
    parts["securitySchemes"] = {
        "writeKey": {"type": "http", "scheme": "basic", "description": "the write key as user name, no password"}
    }
    return said


def collected() -> Json:
    """The collector's paths."""
    paths: Json = {path: {"post": _call(path, call)} for path, call in CALLS.items()}
    paths |= {path: {"get": _pixel(path, call)} for path, call in PIXELS.items()}
    key = {"name": "writeKey", "in": "path", "required": True, "schema": {"type": "string"}}
    paths[f"{SETTINGS[0]}{{writeKey}}{SETTINGS[1]}"] = {
        "get": _operation("settings", "What analytics-next asks before it starts", [key], _object(), ("401",))
    }
    paths[SOURCE_CONFIG] = {
        "get": _operation(
            "source_config", "What RudderStack's JavaScript SDK asks before it starts", [_query()], _object(), ("401",)
        )
    }
    for path in ALIVE:
        paths[path] = {"get": _operation(path.strip("/"), "That it lives", [], _object(), ())}
    return paths


def _call(path: str, call: str) -> Json:
    known = _SAYS.get(call, f"One {call} call")
    made = _operation(_name(path), known, [_query()], _json("#/components/schemas/Taken"), _REFUSALS)
    body = "Batch" if call == "batch" else "Call"
    schema: Json = {"type": "object"} if call in _SAYS and call != "batch" else {"$ref": f"#/components/schemas/{body}"}
    made["requestBody"] = {
        "required": True,
        "description": "JSON, whatever its content type; gzip by Content-Encoding",
        "content": {"application/json": {"schema": schema}},
    }
    made["security"] = [{"writeKey": []}, {}]
    return made


def _pixel(path: str, call: str) -> Json:
    data = {
        "name": "data",
        "in": "query",
        "description": "the call as JSON in base64; else its parameters, with dots",
        "schema": {"type": "string"},
    }
    image = {"description": "a transparent image", "content": {"image/gif": {}}}
    made = _operation(_name(path), f"One {call} call as an image", [_query(), data], image, ("400", "429", "503"))
    made["responses"] |= {status: {**image, "description": _REFUSALS[status]} for status in ("401", "403")}
    made["responses"]["429"]["content"] |= image["content"]
    return made


def _operation(name: str, says: str, parameters: list[Json], answer: Json, refusals: Iterable[str]) -> Json:
    return {
        "operationId": f"collect_{name}",
        "summary": says,
        "tags": ["collecting"],
        "parameters": parameters,
        "responses": {"200": answer, **{status: _refusal(_REFUSALS[status]) for status in refusals}},
    }


def _name(path: str) -> str:
    return path.strip("/").replace("/", "_")


def _query() -> Json:
    return {
        "name": "writeKey",
        "in": "query",
        "description": "where neither the header nor the body has it",
        "schema": {"type": "string"},
    }


def _object() -> Json:
    return {"description": "as asked for", "content": {"application/json": {"schema": {"type": "object"}}}}


def _json(schema: str) -> Json:
    return {"description": "kept on the disk", "content": {"application/json": {"schema": {"$ref": schema}}}}


def _refusal(says: str) -> Json:
    return {"description": says, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
