"""How git authenticates in a workflow: with the job's token, for one command, written nowhere.

The checkout then keeps no credentials, so that no other step of the job finds them on the disk.
"""

import base64
from collections.abc import Mapping

TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
"""Where the job's token is, in the order in which the forge looks."""


def authorised(environment: Mapping[str, str]) -> dict[str, str]:
    """Return variables of git's that authenticate it at the workflow's own GitHub, or none.

    Whatever header the checkout kept is dropped: GitHub refuses a request with two.
    """
    server = environment.get("GITHUB_SERVER_URL", "").rstrip("/")
    token = next((found for name in TOKENS if (found := environment.get(name, "").strip())), "")
    if environment.get("GITHUB_ACTIONS") != "true" or not server or not token:
        return {}
    shown = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    key = f"http.{server}/.extraheader"
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": key,
        "GIT_CONFIG_VALUE_0": "",
        "GIT_CONFIG_KEY_1": key,
        "GIT_CONFIG_VALUE_1": f"AUTHORIZATION: basic {shown}",
    }
