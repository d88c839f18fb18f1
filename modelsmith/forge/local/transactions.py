"""How something is done on the local forge: look, decide, move the refs; anew if others did."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from modelsmith.errors import ForgeError
from modelsmith.forge.local.event_log import Chains, person_of
from modelsmith.forge.local.refs import ForgeRefs, Move, Tips
from modelsmith.forge.records import Person
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import IDENTITY, Signature, configured_user

ATTEMPTS = 10
"""How often an act is made anew since somebody was faster. Each time another act went through, so
ten people who act in the same moment all get theirs."""

T = TypeVar("T")


class Acts:
    """The clone, who acts in it, and the way to act."""

    def __init__(self, git: Git, attempts: int = ATTEMPTS) -> None:
        """Know the clone, and how often to begin anew."""
        self._attempts = attempts
        self.git = git
        self.user = configured_user(git)
        self.signature: Signature = self.user or IDENTITY
        self.refs = ForgeRefs(git)
        self.chains = Chains(git, self.signature)

    def me(self) -> Person:
        """Return git's user; the factory's bot where git is configured for nobody."""
        return person_of(self.signature.email)

    def seen(self) -> Tips:
        """Return where everything stands, on origin where there is one."""
        return self.refs.seen()

    def settled(self, decide: Callable[[Tips], tuple[T, Sequence[Move]]]) -> T:
        """Decide on what stands and move what `decide` says, anew where somebody was faster.

        Args:
            decide: Gives the answer and the moves; no moves where all is as it should be.

        Raises:
            ForgeError: others were faster each time.
        """
        from tenacity import RetryError, Retrying, TryAgain, retry_never, stop_after_attempt

        def once() -> T:
            answer, moves = decide(self.refs.seen())
            if moves and not self.refs.moved(moves):
                raise TryAgain
            return answer

        try:
            return Retrying(retry=retry_never, stop=stop_after_attempt(self._attempts))(once)
        except RetryError:
            raise ForgeError(
                f"others were faster {self._attempts} times; nothing was changed",
                remedy="Run the same command again.",
            ) from None

    def put(
        self,
        tips: Tips,
        chain: str,
        files: Mapping[str, bytes],
        words: str,
        *,
        about: str | None = None,
    ) -> list[Move]:
        """Return the move that puts `files` into a chain; none where it holds them already."""
        tip = tips.chains.get(chain)
        if tip is not None and self.chains.holds(tip, files):
            return []
        return [Move(chain, tip, self.chains.acted(tip, files, words, about=about))]
