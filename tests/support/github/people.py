"""Accounts, teams, roles, and GitHub Apps with their installations."""

import secrets
from datetime import timedelta

from tests.support.github.rights import Token
from tests.support.github.routing import Answer, Call, Refusal, answers
from tests.support.github.shapes import moment, number_for, user_of
from tests.support.github.state import App


@answers("GET /user")
def me(call: Call) -> Answer:
    if call.token.is_program:
        raise Refusal(403, "Resource not accessible by integration")
    return 200, user_of(call.hub, call.login)


@answers("GET /users/{username}")
def user(call: Call) -> Answer:
    login = call.words["username"]
    known = {token.login for token in call.hub.tokens.values()}
    known |= {name for one in call.hub.repositories.values() for name in (one.owner, *one.roles)}
    if login not in known:
        raise Refusal(404, "Not Found")
    return 200, user_of(call.hub, login)


@answers("GET /orgs/{org}/teams/{team_slug}/members", "members=read")
def members(call: Call) -> Answer:
    team = f"{call.words['org']}/{call.words['team_slug']}"
    if team not in call.hub.teams:
        raise Refusal(404, "Not Found")
    return 200, call.page([user_of(call.hub, login) for login in call.hub.teams[team]])


@answers("GET R/collaborators/{username}/permission")
def permission(call: Call) -> Answer:
    login = call.words["username"]
    role = call.repository.roles.get(login, "none")
    said = {"maintain": "write", "triage": "read"}.get(role, role)
    return 200, {"permission": said, "role_name": role, "user": user_of(call.hub, login)}


@answers("GET /rate_limit")
def limit(call: Call) -> Answer:
    rate = {"limit": 5000, "remaining": 4999, "reset": int(call.hub.now().timestamp()), "used": 1}
    return 200, {"resources": {"core": rate, "search": rate}, "rate": rate}


# Apps


def _app(call: Call) -> App:
    """Return the App that a JWT stands for."""
    for app in call.hub.apps.values():
        if call.token.kind == "app" and call.token.secret == f"jwt of {app.id}":
            return app
    raise Refusal(401, "A JSON web token could not be decoded")


@answers("GET /app")
def app_shown(call: Call) -> Answer:
    app = _app(call)
    return 200, {"id": app.id, "slug": app.slug, "name": app.slug, "permissions": app.permissions}


def _installation_of(call: Call, app: App, owner: str) -> dict[str, object]:
    number = app.installations[owner]
    url = f"{call.hub.api}/app/installations/{number}"
    return {
        "id": number,
        "account": user_of(call.hub, owner),
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": number_for(owner),
        "target_type": "Organization",
        "repository_selection": "all",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{call.hub.api}/installation/repositories",
        "html_url": f"{call.hub.url}/organizations/{owner}/settings/installations/{number}",
        "permissions": app.permissions,
        "events": [],
        "suspended_at": None,
    }


@answers("GET /app/installations")
def installations(call: Call) -> Answer:
    app = _app(call)
    return 200, call.page([_installation_of(call, app, owner) for owner in app.installations])


@answers("GET R/installation")
def installation(call: Call) -> Answer:
    app = _app(call)
    if call.words["owner"] not in app.installations:
        raise Refusal(404, "Not Found")
    return 200, _installation_of(call, app, call.words["owner"])


@answers("POST /app/installations/{installation_id}/access_tokens")
def minted(call: Call) -> Answer:
    app = _app(call)
    if int(call.words["installation_id"]) not in app.installations.values():
        raise Refusal(404, "Not Found")
    allowed = (call.body or {}).get("permissions") or app.permissions
    ends = call.hub.now() + timedelta(seconds=app.token_life_s)
    token = Token(f"ghs_{secrets.token_hex(18)}", app.login, "app", allowed, expires_at=ends)
    call.hub.tokens[token.secret] = token
    return 201, {"token": token.secret, "expires_at": moment(ends), "permissions": allowed}
