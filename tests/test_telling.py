"""What a question says for and against the parts of a query."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from text2promql.telling import Telling
from text2promql.wording import parts

#: In words that share nothing, a direction and a host; all queries resemble each other.
WAYS = {"receive": ("incoming", "inbound", "下行"), "transmit": ("outgoing", "outbound", "上行")}
HOSTS = ("web", "cart", "mail", "build")


def made_of(query: str) -> frozenset[str]:
    return parts(query, "hosts")


def query(way: str, host: str) -> str:
    return f'rate(network_{way}_bytes_total{{host="{host}"}}[5m])'


def vector(*numbers: float) -> NDArray[np.float32]:
    made = np.array([1.0, *numbers], np.float32)
    return made / np.float32(np.linalg.norm(made))


def taught() -> Telling:
    """The embeddings know the host and nothing of the direction."""
    questions, vectors, owners = [], [], []
    made = {f"{way} {host}": made_of(query(way, host)) for way in WAYS for host in HOSTS}
    for (way, said), (i, host) in product(WAYS.items(), enumerate(HOSTS)):
        for word in said:
            questions.append(f"{word} traffic of {host}")
            vectors.append(vector(*(0.1 * (i == j) for j in range(len(HOSTS)))))
            owners.append(f"{way} {host}")
    return Telling.learn(questions, np.array(vectors), owners, made)


@pytest.mark.parametrize(("word", "way"), [("inbound", "receive"), ("上行", "transmit"), ("outbound", "transmit")])
def test_a_word_decides_between_queries_that_resemble_each_other(word: str, way: str) -> None:
    known = taught()
    told = known.of(f"{word} traffic of a new host", vector(0, 0, 0, 0))
    other = next(w for w in WAYS if w != way)
    assert known.speaks(made_of(query(way, "x")), told) > known.speaks(made_of(query(other, "x")), told) + 0.5


def test_unknown_words_and_parts_say_nothing() -> None:
    known = taught()
    same = vector(0, 0, 0, 0)
    told = known.of("inbound traffic", same)
    assert known.speaks(made_of("temperature"), told) == pytest.approx(
        known.speaks(made_of("temperature") & made_of(query("receive", "web")), told)
    )
    assert (known.of("sesquipedalian", same) == known.of("", same)).all()


def test_it_is_the_same_after_a_restart(tmp_path: Path) -> None:
    known = taught()
    known.write(tmp_path / "telling.npz")
    again = Telling.read(tmp_path / "telling.npz")
    some, at = made_of(query("receive", "cart")), vector(0, 0.1, 0, 0)
    assert again.speaks(some, again.of("inbound of cart", at)) == pytest.approx(
        known.speaks(some, known.of("inbound of cart", at)), abs=0.02
    )


def test_nothing_to_learn_from_is_no_error() -> None:
    known = Telling.learn([], np.empty((0, 5), np.float32), [], {})
    assert known.speaks(made_of("up"), known.of("is it up", vector(0, 0, 0, 0))) == 0.0


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "telling.npz"
    taught().write(file)
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"telling\.npz"):
        Telling.read(file)
