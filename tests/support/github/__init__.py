"""A GitHub to test against: it keeps state, stands on real git, and checks both directions.

Every request and every answer of it is checked against GitHub's own description of its API
(`api.json.gz`, cut by `cut.py`), and so is every webhook payload; what breaks the description is
kept in `GitHub.violations`, which the fixtures assert to be empty. The description proves shape
only: when a merge is refused or which reviews count is written from GitHub's documentation.

GraphQL is answered only where GitHub offers something no other way, and is not checked: who acts,
draft and ready, and refs that are compared and swapped.

What it knowingly leaves out: merge queues, review threads, releases; 4xx bodies are not checked.
Stale reviews are dismissed on every move of the head; GitHub asks whether the difference changed.
"""
