"""The page that the browser shows at the end of a login. It loads nothing and runs no script."""

from __future__ import annotations

import html
from collections.abc import Iterable

from source_pinterest.text import printable, without_secrets

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"

LENGTH = 300
"""The most characters of foreign text on the page."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --soft: #5f5f5f; --paper: #fff; --back: #f3f1ee;
        --line: #e2dfda; --mark: #0a7d4b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f1f1f1; --soft: #b0b0b0; --paper: #232323; --back: #171717; --line: #3a3a3a;
          --mark: #49c58c; }
}
.failed { --mark: #b3261e; }
@media (prefers-color-scheme: dark) { .failed { --mark: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 8vh 1.25rem; background: var(--back); color: var(--ink);
       font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 36rem; margin: 0 auto; padding: 2rem 2.25rem; background: var(--paper);
       border: 1px solid var(--line); border-top: 5px solid var(--mark); border-radius: 10px; }
p.who { margin: 0 0 .5rem; color: var(--soft); font-size: .875rem; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
h1 span { color: var(--mark); }
h2 { margin: 1.75rem 0 .25rem; font-size: 1rem; }
p, ul { margin: .4rem 0; overflow-wrap: anywhere; }
ul { padding-left: 1.2rem; }
code { padding: .1rem .35rem; border-radius: 4px; background: var(--back);
       font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
""".strip()


def shortened(text: str) -> str:
    """Foreign text on one line, without secrets, cut to `LENGTH`."""
    return without_secrets(printable(text))[:LENGTH]


def succeeded(
    user: str, ad_accounts: Iterable[str], missing: Iterable[str], config: str, command: str
) -> str:
    """The page after a successful login: HTML with the result and the next step. `missing`: sentences about what the
    login cannot read."""
    greeting = f"Hello {user}, you are logged in" if user else "You are logged in"
    accounts = list(ad_accounts)
    lacks = list(missing)
    return _page(
        "succeeded",
        "✓",
        greeting,
        [
            _p(
                "The connector can now read your Pinterest account, and cannot change anything in "
                "it. Your password stayed with Pinterest."
            ),
            "<h2>Ad accounts</h2>",
            _list(accounts) if accounts else _p("None that this login can read."),
            *(["<h2>What it may not read</h2>", _list(lacks)] if lacks else []),
            "<h2>What comes next</h2>",
            f"<p>The login is saved in <code>{html.escape(config)}</code>. "
            "Go back to the terminal and run</p>",
            f"<p><code>{html.escape(command)}</code></p>",
            _p("You can close this window."),
        ],
    )


def failed(sentence: str) -> str:
    """The page after a failed login, as HTML."""
    return _page(
        "failed",
        "✗",
        "You are not logged in",
        [
            _p(sentence),
            "<h2>What comes next</h2>",
            _p("The terminal says the same. Nothing was saved. You can close this window."),
        ],
    )


def _page(kind: str, sign: str, title: str, parts: Iterable[str]) -> str:
    heading = html.escape(title)
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en" class="{kind}">',
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">',
            f"<title>{heading} · source-pinterest</title>",
            f"<style>{STYLE}</style>",
            "<main>",
            '<p class="who">source-pinterest</p>',
            f'<h1><span aria-hidden="true">{sign}</span> {heading}</h1>',
            *parts,
            "</main>",
            "</html>",
        ]
    )


def _p(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{html.escape(item)}</li>' for item in items)}</ul>"
