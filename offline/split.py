"""Split: keep every question within the embedder's window, with LangChain's splitter."""

from __future__ import annotations

from langchain_core.documents import Document
from langchain_text_splitters import RecursiveCharacterTextSplitter

from text2promql.examples import Example

__all__ = ["split_questions"]

#: e5-small reads 512 tokens; 400 characters of Chinese stay below that.
LONGEST = 400


def split_questions(examples: list[Example]) -> list[Example]:
    """Examples whose over-long phrasings are replaced by their parts (each finds the example)."""
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=LONGEST,
        chunk_overlap=40,
        separators=["\n\n", "\n", "。", "？", ". ", "? ", "，", ", ", " ", ""],
    )
    out = []
    for example in examples:
        parts = {
            lang: [d.page_content for d in splitter.split_documents([Document(page_content=w) for w in ways])]
            for lang, ways in example.questions.items()
        }
        out.append(example.model_copy(update={"questions": parts}))
    return out
