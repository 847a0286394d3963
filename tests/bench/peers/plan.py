"""What is measured: the peers, and the name of every cell of the results."""

from __future__ import annotations

from dataclasses import dataclass

OURS = "sourcier"
DIRECTIONS = ("fr->fr", "en->fr", "fr->en", "en->en")
"""From the question's language to the paragraph's."""
K = 10  # passages that every peer is asked for
WARM_UP, ASKED = 20, 500  # questions before the clock starts, and measured


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer, the modes that it can be asked in (its best first), and those whose speed is measured.

    `ranked` are the modes whose quality is measured; `package` the one whose version names it.
    """

    name: str
    package: str
    modes: tuple[str, ...]
    ranked: tuple[str, ...]
    timed: tuple[str, ...]

    @property
    def adapter(self) -> str:
        """The name of its file among the adapters."""
        return f"{self.name.replace('-', '_')}.py"

    def line(self, mode: str) -> str:
        """Return what tables call the peer asked in a mode: its best mode needs no naming, if it has but one."""
        return self.name if len(self.modes) == 1 else f"{self.name}, {mode}"


def _hybrid(name: str, package: str) -> Peer:
    return Peer(name, package, ("hybrid", "dense"), ("hybrid", "dense"), ("hybrid",))


_BOTH = ("passages", "answer")
PEERS = {
    peer.name: peer
    for peer in (
        Peer(OURS, "sourcier", _BOTH, _BOTH, _BOTH),
        Peer("sourcier-minilm", "sourcier", _BOTH, ("passages",), _BOTH),
        _hybrid("langchain", "langchain-community"),
        _hybrid("llamaindex", "llama-index-core"),
        _hybrid("haystack", "haystack-ai"),
        _hybrid("txtai", "txtai"),
        Peer("bm25s", "bm25s", ("bm25",), ("bm25",), ("bm25",)),
        Peer("verbatim-rag", "verbatim-rag", ("dense", "answer"), ("dense",), ("dense", "answer")),
    )
}


def install_cell(peer: str) -> str:
    """Return the name of the cell of a peer's environment."""
    return f"{peer}/install"


def index_cell(peer: str, size: int, threads: int) -> str:
    """Return the name of the cell of indexing."""
    return f"{peer}/index/{size}/{threads}"


def warm_cell(peer: str, mode: str, size: int, threads: int) -> str:
    """Return the name of the cell of questions asked one after another."""
    return f"{peer}/warm/{mode}/{size}/{threads}"


def cold_cell(peer: str, mode: str, size: int) -> str:
    """Return the name of the cell of a process that answers one question and ends."""
    return f"{peer}/cold/{mode}/{size}"


def quality_cell(peer: str, mode: str) -> str:
    """Return the name of the cell of the ranks of the right paragraphs."""
    return f"{peer}/quality/{mode}"
