"""What holds local work in, in words."""

from modelsmith.boundary.call import Held

NAMESPACE = (
    "an audit hook and a network namespace: local models answer and train in a thread without a "
    "network, libraries in C and started programs included"
)
HOOK = (
    "an audit hook alone: this kernel permits no network namespace. Python libraries are refused; "
    "code in C that opens a connection by itself is not. Permit user namespaces, or run as root "
    "in a container with CAP_SYS_ADMIN"
)


def held_words(held: Held) -> str:
    """Return what holds local work in, in one line."""
    return f"local work is held in by {NAMESPACE if 'namespace' in held.by else HOOK}"


def held_briefly(held: Held) -> str:
    """Return the same in a few words, for a page that is about other things."""
    if "namespace" in held.by:
        return "held in by an audit hook and a network namespace"
    return "held in by an audit hook alone, code in C is not (modelsmith boundary probe)"
