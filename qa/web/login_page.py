"""The page that asks for a name and password: one form, no script, in French or English."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from string import Template

from qa.ui.words import preferred

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1b18; --paper: #f7f5f0; --line: #8c867a; --deep: #0b5a58; --bad: #a3200d }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ece8df; --paper: #151513; --line: #837c6f; --deep: #7fcac2; --bad: #ff9c8a }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif }
main { box-sizing: border-box; width: min(22rem, 100%); padding: 1.5rem }
h1 { margin: 0 0 1rem; font: 700 1.75rem Charter, Georgia, serif }
label { display: block; margin-top: 1rem }
input, button { box-sizing: border-box; width: 100%; margin-top: .25rem; padding: .625rem; font: inherit;
  color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .375rem }
button { margin-top: 1.5rem; color: var(--paper); background: var(--deep); border-color: var(--deep); cursor: pointer }
:focus-visible { outline: 3px solid var(--deep); outline-offset: 2px }
.bad { margin: 0; color: var(--bad) }
"""
_PAGE = Template(
    """<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sourcier · $enter</title>
<link rel="icon" href="data:,">
<style>$style</style>
</head>
<body>
<main>
<h1>Sourcier</h1>
$told<form method="post" action="/login">
<label for="username">$name</label>
<input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false"
 required autofocus>
<label for="password">$password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>$enter</button>
</form>
</main>
</body>
</html>
"""
)


@dataclass(frozen=True, slots=True)
class _Words:
    name: str
    password: str
    enter: str
    wrong: str
    wait: str


_WORDS = {
    "fr": _Words(
        name="Nom",
        password="Mot de passe",
        enter="Se connecter",
        wrong="Le nom ou le mot de passe est faux.",
        wait="Trop d’essais : attendez {} s.",
    ),
    "en": _Words(
        name="Name",
        password="Password",
        enter="Log in",
        wrong="The name or password is wrong.",
        wait="Too many attempts: wait {} s.",
    ),
}

_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
LOGIN_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the page: nothing but its own style, and a form to this server."""


def login_page(accept_language: str | None, wrong: bool = False, wait: int = 0) -> str:
    """Return the page's HTML, in the language that a browser asks for.

    :param wrong: say that the name or password was wrong.
    :param wait: say for how many seconds nothing more is tried.
    """
    language = preferred(accept_language).language
    words = _WORDS[language]
    told = words.wait.format(wait) if wait else words.wrong if wrong else ""
    return _PAGE.substitute(
        language=language,
        style=_STYLE,
        name=escape(words.name),
        password=escape(words.password),
        enter=escape(words.enter),
        told=f'<p class="bad" role="alert">{escape(told)}</p>\n' if told else "",
    )
