"""Pinterest's page to log in at: GET and POST /oauth/ on the fake's host, beside its API.

A form with user name and password, an app that is known by its id, redirect links that are
registered letter by letter, codes that work once, and the scopes that were asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import flask
from markupsafe import escape

from .facts import OPERATIONS

if TYPE_CHECKING:
    from .server import FakePinterest

SCOPES = frozenset(
    {scope for operation in OPERATIONS.values() for scope in operation["scopes"]}
    | {"boards:read_secret", "pins:read_secret"}
)
QUESTION = ("client_id", "redirect_uri", "response_type", "scope", "state")

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Log in · a fake Pinterest</title>
<link rel="icon" href="data:,">
<style>
body { margin: 0; padding: 6vh 1rem; background: #e9e9e9; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 24rem; margin: auto; padding: 2rem; background: #fff; border-radius: 1.5rem; }
h1 { margin: 0 0 1rem; font-size: 1.4rem; color: #c5001f; }
label { display: block; margin: .75rem 0; font-size: .9rem; }
input { display: block; width: 100%%; box-sizing: border-box; padding: .6rem; font: inherit; }
button { padding: .6rem 1.2rem; border: 0; border-radius: 2rem; font: inherit; }
button[value=allow] { background: #c5001f; color: #fff; }
p.wrong { color: #c5001f; }
</style>
<main>
%s
</main>
</html>
"""


@dataclass
class Authorization:
    """Who may log in, and what becomes of it. Everything may be changed while it serves."""

    username: str = "a_pinner"
    password: str = "correct horse"
    redirect_uris: set[str] = field(default_factory=lambda: {"http://localhost:8085/"})
    withheld: set[str] = field(default_factory=set)
    """Scopes that the user is not asked about, and does not give."""
    answers_with_state: str | None = None
    """A state to answer with instead of the one that was asked with."""
    codes: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    """The redirect link and the scopes of each code that was not used yet."""

    def page(self, question: Mapping[str, str], wrong: str = "") -> tuple[str, int]:
        asked = "".join(f"<li>{escape(scope)}</li>" for scope in sorted(self.scopes(question)))
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(question.get(name, ""))}">'
            for name in QUESTION
        )
        form = f"""<h1>Log in to a fake Pinterest</h1>
<p>The app {escape(question.get("client_id", ""))} would like to read:</p><ul>{asked}</ul>
<form method="post" action="/oauth/">{hidden}<p class="wrong">{escape(wrong)}</p>
<label>User name <input name="username" autocomplete="off"></label>
<label>Password <input name="password" type="password" autocomplete="off"></label>
<button name="decision" value="allow">Log in and allow</button>
<button name="decision" value="deny" formnovalidate>Cancel</button>
</form>"""
        return PAGE % form, 200

    def refusal(self, question: Mapping[str, str], client_id: str) -> str:
        """The mistake in a request for a login whose answer must go nowhere."""
        if question.get("client_id") != client_id:
            return "This app is not known."
        if question.get("redirect_uri") not in self.redirect_uris:
            return "The redirect link is not registered at this app."
        if question.get("response_type") != "code":
            return "The response type must be code."
        if not self.scopes(question) <= SCOPES:
            return "A scope is not known."
        return ""

    def answer(self, form: Mapping[str, str]) -> str:
        """The address that the browser is sent to."""
        answer = {"state": self.answers_with_state or form.get("state", "")}
        if form.get("decision") != "allow":
            answer["error"] = "access_denied"
        else:
            answer["code"] = secrets.token_urlsafe(16)
            scopes = frozenset(self.scopes(form) - self.withheld)
            self.codes[answer["code"]] = (form["redirect_uri"], scopes)
        return f"{form['redirect_uri']}?{urlencode(answer)}"

    def taken(self, form: Mapping[str, str]) -> frozenset[str] | None:
        """The scopes of a code, which is void from now on; None for one that is not taken."""
        redirect_uri, scopes = self.codes.pop(form["code"], ("", frozenset()))
        return scopes if redirect_uri and redirect_uri == form["redirect_uri"] else None

    @staticmethod
    def scopes(question: Mapping[str, str]) -> set[str]:
        return set(filter(None, question.get("scope", "").split(",")))


def add_to(app: flask.Flask, served: Callable[[], FakePinterest]) -> None:
    """Serves the page, whose form posts to itself."""

    def view() -> flask.typing.ResponseReturnValue:
        pinterest = served()
        authorization = pinterest.authorization
        posted = flask.request.method == "POST"
        question = (flask.request.form if posted else flask.request.args).to_dict()
        if refusal := authorization.refusal(question, pinterest.client_id):
            return PAGE % f"<h1>This cannot be done</h1><p>{escape(refusal)}</p>", 400
        if not posted:
            return authorization.page(question)
        given = (question.get("username"), question.get("password"))
        if question.get("decision") == "allow" and given != (
            authorization.username,
            authorization.password,
        ):
            return authorization.page(question, "User name or password is wrong.")
        return flask.redirect(authorization.answer(question), 302)

    app.add_url_rule("/oauth/", "authorization page", view, methods=["GET", "POST"])
