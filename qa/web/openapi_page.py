"""The OpenAPI document as a page to read: made on the server, without a script or anything from elsewhere."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from qa.web.examples import ARTICLE, ARTICLE_FILE

_STYLE = """
:root { color-scheme: light dark; --page: #f7f5f0; --sheet: #fffefb; --ink: #1c1b18; --soft: #625d54;
  --rule: #e2ddd2; --accent: #0b5a58; --wash: #e4efed; }
@media (prefers-color-scheme: dark) { :root { --page: #151513; --sheet: #1d1c19; --ink: #ece8df; --soft: #aaa397;
  --rule: #35332e; --accent: #7fcac2; --wash: #1f3230; } }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 56rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; overflow-wrap: anywhere; }
h2 { margin: 3rem 0 .5rem; border-top: 1px solid var(--rule); padding-top: 1.5rem; font-size: 1.3rem; }
h2 code { font-size: 1.1rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
a { color: var(--accent); }
code, pre { font: .875rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { margin: 0; padding: .9rem 1rem; background: var(--sheet); border: 1px solid var(--rule); border-radius: .5rem;
  overflow: auto; max-height: 26rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.method { display: inline-block; padding: 0 .5em; border-radius: .3em; background: var(--wash); color: var(--accent); }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid var(--rule);
  overflow-wrap: anywhere; }
th { font-weight: 600; } thead th { color: var(--soft); font-size: .875rem; }
nav ul { list-style: none; padding: 0; } nav li { margin: .35rem 0; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
"""
_FORMAT = re.compile("`([^`]+)`")
_SUCCESSES = range(200, 300)
Described = Mapping[str, Any]


def page_of(document: Described, base: str) -> str:
    """Return the page.

    :param document: an OpenAPI document of `qa.web.openapi`.
    :param base: the server's address, for examples that can be pasted.
    """
    endpoints = [
        (method, path, told) for path, methods in document["paths"].items() for method, told in methods.items()
    ]
    shapes = document["components"]["schemas"]
    links = "".join(
        f'<li><a href="#{escape(told["operationId"])}">{_call(method, path)}</a> {_brief(told)}</li>'
        for method, path, told in endpoints
    )
    sections = "".join(_endpoint(method, path, told, base) for method, path, told in endpoints)
    objects = "".join(_shape(name, shape) for name, shape in sorted(shapes.items()) if "properties" in shape)
    info = document["info"]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} for programs</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])} for programs</h1><p>{_text(info['description'])}</p>"
        '<p>The same as an OpenAPI 3.1 document: <a href="/api/openapi.json">openapi.json</a>.</p>'
        f'<nav aria-label="Endpoints"><ul>{links}</ul></nav>{sections}<h2 id="objects">Objects</h2>{objects}'
        "</main></body></html>\n"
    )


def _endpoint(method: str, path: str, told: Described, base: str) -> str:
    name = told["operationId"]
    content = told.get("requestBody", {}).get("content", {})
    taken = [_reference(each["schema"]) for each in content.values() if each["schema"]]
    of_body = f"<p>The body is an object {taken[0]}.</p>" if taken else ""
    parameters = [
        (each["name"], each["in"], _kind(each["schema"]), each.get("description", ""))
        for each in told.get("parameters", ())
    ]
    told_parameters = _table(("Parameter", "In", "Type", "Meaning"), parameters)
    (status, success), *_ = [(code, each) for code, each in told["responses"].items() if int(code) in _SUCCESSES]
    given = success["content"]["application/json"]
    refusals = [(code, each["description"]) for code, each in told["responses"].items() if code != status]
    shown = json.dumps(given["example"], ensure_ascii=False, indent=2)
    return (
        f'<section aria-labelledby="{escape(name)}"><h2 id="{escape(name)}">{_call(method, path)}</h2>'
        f"<p>{_text(told['description'])}</p>{of_body}{told_parameters}"
        f"<h3>Example</h3>{_pre(_curl(method, path, content, base), f'A call of {name}')}"
        f"<h3>It gives {escape(status)}, an object {_reference(given['schema'])}</h3>"
        f"{_pre(shown, f'What {name} gives')}{_table(('Refusal', 'When'), refusals)}</section>"
    )


def _curl(method: str, path: str, content: Described, base: str) -> str:
    """Return a command line that calls an endpoint."""
    words = ["curl", base + path.replace("{source}", quote(ARTICLE))]
    if method not in ("get", "post") or (method == "post" and not content):
        words += ["-X", method.upper()]
    for kind, told in content.items():
        if "example" in told:
            sent = json.dumps(told["example"], ensure_ascii=False)
            words += ["-H", f"Content-Type: {kind}", "-d", sent]
        else:
            words += ["--data-binary", f"@{ARTICLE_FILE}"]
    return shlex.join(words)


def _shape(name: str, shape: Described) -> str:
    required = shape.get("required", ())
    rows = [
        (field, _kind(told) + ("" if field in required else ", may be left out"), told.get("description", ""))
        for field, told in shape["properties"].items()
    ]
    about = _text(shape.get("description", ""))
    table = _table(("Field", "Type", "Meaning"), rows)
    return f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{about}</p>{table}'


def _kind(schema: Described) -> str:
    """Return the type of a value, in words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " or ".join(json.dumps(each) for each in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    bounds = [f"{word} {schema[key]:,}" for key, word in _BOUNDS.items() if key in schema]
    default = [f"by default {schema['default']}"] if schema.get("default") is not None else []
    return ", ".join([str(schema.get("type", "anything")), *bounds, *default])


_BOUNDS = {"minimum": "from", "maximum": "to", "maxLength": "characters at most"}


def _reference(schema: Described) -> str:
    name = escape(_kind(schema))
    return f'<a href="#{name}">{name}</a>'


def _call(method: str, path: str) -> str:
    return f'<code><span class="method">{escape(method.upper())}</span> {escape(path)}</code>'


def _brief(told: Described) -> str:
    return _text(told["description"].partition(".")[0])


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    body = "".join(_rows(rows))
    if not body:
        return ""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def _rows(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    for first, *others in rows:
        cells = "".join(f"<td>{_text(cell)}</td>" for cell in others)
        yield f'<tr><th scope="row"><code>{escape(first)}</code></th>{cells}</tr>'


def _pre(text: str, label: str) -> str:
    # It scrolls, so that the keyboard has to reach it.
    return f'<pre tabindex="0" role="region" aria-label="{escape(label)}"><code>{escape(text)}</code></pre>'


def _text(text: str) -> str:
    """Return plain text as HTML, with what stands between backticks as code."""
    return _FORMAT.sub(r"<code>\1</code>", escape(text))
