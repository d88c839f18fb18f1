"""A server on this machine that speaks the wires of three providers, as strictly as they do.

    def script(call: Call) -> str | Said | Fault:
        return '{"yes": true}' if call.schema else "Well."

    with provider_server(script) as server:
        model = server.model("claude", api="anthropic", provider="anthropic", family="claude")
        ...  # ask `model`, a HostedModel with the server's address; it needs a key with key_env=...
        server.calls  # what was asked, in order of arrival, refused requests left out
        server.requests  # what came over the wire, every request, its key replaced by a digest
        server.refusals  # why requests were answered 400, 401 or 404: a client's defects
        server.arrivals  # when each came, on the monotonic clock
        server.most_at_once  # the most requests that were under way together

`faults` names what a script may answer instead of a text.
"""

from tests.support.providers.call import Call, Fault, Said, key_digest
from tests.support.providers.server import ProviderServer, Request, provider_server

__all__ = ["Call", "Fault", "ProviderServer", "Request", "Said", "key_digest", "provider_server"]
