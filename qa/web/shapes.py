"""The objects that the REST endpoints take and give, as their OpenAPI document describes them.

They describe and check nothing: arguments are checked by `qa.service`, whichever way they come.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa.question import MAX_CHARS
from qa.service import MAX_QUESTIONS
from qa.session import DEFAULT_K, MAX_K

_Schema = Annotated[Literal[1], Field(alias="schema", description="The version of this form.")]
_Offset = Annotated[int, Field(description="Counts characters (code points) of the decoded file; `end` is the next.")]
_Id = Annotated[str | None, Field(description="As given with the question; null if none was.")]
_Language = Annotated[Literal["fr", "en", "und"], Field(description="`und` if it is neither French nor English.")]
_Date = Annotated[str | None, Field(description="ISO, may be only a year or a month; null if the article tells none.")]


class _Taken(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PassagesRequest(_Taken):
    """A question, and which articles it is asked of."""

    question: str = Field(description="In French or English.", max_length=MAX_CHARS)
    k: int = Field(DEFAULT_K, ge=1, le=MAX_K, description="How many passages are listed.")
    language: Literal["fr", "en"] | None = Field(None, description="The question's, if you know it.")
    sources: list[str] | None = Field(
        None, description="Only these files; a name that ends with / is a subfolder. All if left out."
    )
    since: str | None = Field(None, description="Only articles of this date or later: 2025, 2025-05 or 2025-05-31.")
    until: str | None = Field(None, description="Only articles of this date or earlier, likewise.")


class AskRequest(PassagesRequest):
    """A question, what was asked before it, and which articles it is asked of."""

    previous: list[str] | None = Field(
        None, description="The questions asked before, newest last: this one may be a follow-up. At most 20."
    )


class AskManyItem(AskRequest):
    """A question of many."""

    id: str | None = Field(None, description="Comes back with the answer.")


class AskManyRequest(_Taken):
    """Questions, to be answered in their order."""

    questions: list[str | AskManyItem] = Field(max_length=MAX_QUESTIONS)
    k: int = Field(DEFAULT_K, ge=1, le=MAX_K, description="Of the questions that name none of their own.")


class PutBackRequest(_Taken):
    """An article that was removed."""

    kept: str = Field(description="As `DELETE /api/documents/{source}` gave it.")


class Sentence(BaseModel):
    """The sentence that the quote stands in."""

    start: _Offset
    end: _Offset
    text: str


class Citation(BaseModel):
    """Where an answer stands, word for word."""

    number: int
    source: str = Field(description="The file, by its path below the folder.")
    title: str
    date: _Date
    line: int
    page: int | None = Field(description="From 1, of a file that has pages; null of others.")
    start: _Offset
    end: _Offset
    quote: str = Field(description="The file's text from `start` to `end`.")
    sentence: Sentence
    sha256: str = Field(description="Of the file's bytes when they were read.")
    extraction: str
    copy_of: int | None = Field(description="The number of the citation whose article this one's is a copy of.")
    beside: list[str] = Field(description="Other values of the kind asked for in the sentence.")


class Group(BaseModel):
    """Citations that give the same value."""

    value: str
    citations: list[int] = Field(description="Their numbers.")
    date: _Date


class Agreement(BaseModel):
    """Whether the articles cited say the same."""

    verdict: Literal["single", "agree", "differ"]
    groups: list[Group]


class Passage(BaseModel):
    """A piece of an article that was found for a question."""

    rank: int
    source: str
    title: str
    start: _Offset
    end: _Offset
    text: str
    score: float = Field(description="Of retrieval; higher is better.")


class Index(BaseModel):
    """The state of the folder that was asked."""

    version: str
    encoder: str


class Answer(BaseModel):
    """An answer with its citations, or a refusal with its reason."""

    schema_: _Schema
    id: _Id
    question: str
    read_as: str | None = Field(description="What a follow-up question was read as; null if as asked.")
    language: _Language
    answer: str | None = Field(description="Word for word from the first citation; null if it abstains.")
    abstained: bool
    reason: Literal["no_match", "low_confidence", "empty_question", "not_a_question"] | None
    confidence: float = Field(ge=0, le=1, description="The estimated probability that the answer is right.")
    citations: list[Citation]
    agreement: Agreement | None
    passages: list[Passage]
    index: Index
    timings_ms: dict[str, float] = Field(description="`retrieve`, `read` and `total`, in milliseconds.")


class ErrorTold(BaseModel):
    """What went wrong."""

    kind: str = Field(description="One word for programs.")
    message: str = Field(description="One line for people, with the remedy.")


class Problem(BaseModel):
    """What stands in the place of an answer."""

    schema_: _Schema
    id: _Id
    error: ErrorTold


class Answers(BaseModel):
    """An answer for each question, in their order, or the error that stands in its place."""

    schema_: _Schema
    answers: list[Answer | Problem]


class Passages(BaseModel):
    """The passages nearest to a question, best first."""

    schema_: _Schema
    question: str
    language: _Language
    passages: list[Passage]
    index: Index


class Document(BaseModel):
    """An article of the folder."""

    source: str
    title: str
    language: _Language
    date: _Date
    size: int = Field(description="In bytes.")
    sha256: str
    extraction: str
    state: Literal["indexed"]


class SkippedFile(BaseModel):
    """A file that could not be read as an article."""

    source: str
    reason: str


class Documents(BaseModel):
    """What the folder holds."""

    schema_: _Schema
    documents: list[Document]
    skipped: list[SkippedFile]
    index: Index


class Built(BaseModel):
    """What the last build did: whether there was anything to do, and the numbers of articles."""

    rebuilt: bool
    added: int
    changed: int
    removed: int


class Build(BaseModel):
    """How bringing the index up to date stands."""

    schema_: _Schema
    running: bool
    done: int = Field(description="Files read so far.")
    total: int
    problem: str | None = Field(description="Why the last build failed; the index before it is the one asked.")
    version: str = Field(description="Of the index that is asked now.")
    documents: int
    skipped: int
    built: Built | None = Field(description="What the last build did; null where the index was opened as it stood.")


class Added(BaseModel):
    """An article that was added; it can be asked once the index is up to date."""

    schema_: _Schema
    source: str


class Removed(BaseModel):
    """An article that was removed, and where it is kept."""

    schema_: _Schema
    source: str
    kept: str = Field(description="What `POST /api/put_back` takes.")
