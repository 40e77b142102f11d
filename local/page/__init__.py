"""The demo's page: the simulated Teams beside what Cairn knows.

Start here: `server.py` (`Page`, `build_page`). What the page is given, as JSON: `views.py`. Where it comes from:
`places.py` and `conversations.py` (the tenant), `knowledge.py` (the store), `story.py` (the scenario). What a visitor
may do: `actions.py`. Who may ask at all: `guard.py`. The browser's part is in `static/`.
"""
