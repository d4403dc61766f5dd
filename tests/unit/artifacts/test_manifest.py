"""Manifests: which paths are paths, one digest whatever the order, and what differs said clearly."""

import hashlib
import random
import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.artifacts.content import Content
from app.artifacts.failures import BadManifest
from app.artifacts.manifest import MOST_FILES, File, Kind, Manifest, differences, flaw_of_path, kind_of
from app.errors import ErrorCode

ZERO = Content("0" * 64, 0)


def manifest(*paths: str, content: Content = ZERO) -> Manifest:
    return Manifest.of(File.of(path, content) for path in paths)


@pytest.mark.parametrize(
    "path",
    (
        "a",
        "model.safetensors",
        "a/b/c.json",
        "wéights/größe.bin",
        "模型/权重.bin",
        "a b",
        ".hidden",
        "..a",
        "a..",
        "x" * 255,
    ),
)
def test_paths_that_are_paths(path: str) -> None:
    assert flaw_of_path(path) == ""
    assert manifest(path).files[0].path == path


@pytest.mark.parametrize(
    ("path", "flaw"),
    (
        ("", "empty"),
        ("../a", r"\.\."),
        ("a/../b", r"\.\."),
        ("a/..", r"\.\."),
        ("./a", r"\."),
        ("/etc/passwd", "absolute"),
        ("//host/share", "absolute"),
        ("C:/a", "absolute"),
        ("c:a", "absolute"),
        ("a\\b", "backslash"),
        ("..\\a", "backslash"),
        ("a\0b", "control"),
        ("a\nb", "control"),
        ("a\x7f", "control"),
        ("a\u2028b", "control"),
        ("a\ud800", "control"),
        ("a\u202egpj.exe", "control"),
        ("a//b", "empty part"),
        ("a/", "empty part"),
        ("e\u0301", "NFC"),
        (".a.pedigree-part", "has not finished"),
        ("a/.b.pedigree-part", "has not finished"),
        (".a.PEDIGREE-part/b", "has not finished"),
        ("x" * 256, "255 bytes"),
        ("é" * 128, "255 bytes"),
        ("a/" * 600 + "a", "1,024 characters"),
        ("a" * 4000, "1,024 characters"),
    ),
)
def test_paths_that_are_none(path: str, flaw: str) -> None:
    with pytest.raises(BadManifest, match=flaw) as found:
        manifest(path)
    assert found.value.code is ErrorCode.BAD_MANIFEST
    assert found.value.message.isprintable()
    assert len(found.value.message) < 300


@given(
    st.text(max_size=40) | st.lists(st.sampled_from(["..", ".", "", "a", "A", "\\", "c:"]), max_size=5).map("/".join)
)
def test_a_path_never_leads_out_of_its_folder(path: str) -> None:
    if flaw_of_path(path):
        return
    root = Path("root").absolute()
    assert (root / path).resolve().is_relative_to(root)
    assert not PurePosixPath(path).is_absolute()
    assert not PureWindowsPath(path).drive
    assert not PureWindowsPath(path).root
    assert ".." not in PureWindowsPath(path).parts
    assert unicodedata.is_normalized("NFC", path)


@pytest.mark.parametrize(
    ("paths", "flaw"),
    (
        (("a", "a"), "there twice"),
        (("a.bin", "A.bin"), "differ by case only"),
        (("a/x", "A/y"), "differ by case only"),
        (("straße", "STRASSE"), "differ by case only"),
        (("a", "a/b"), "a file and the folder"),
        (("a", "a-b", "a/b"), "a file and the folder"),
        (("a/b/c", "a/b"), "a file and the folder"),
        (("A", "a/b"), "differ by case only"),
        ((), "No file is named"),
    ),
)
def test_paths_that_one_folder_cannot_hold(paths: tuple[str, ...], flaw: str) -> None:
    with pytest.raises(BadManifest, match=flaw):
        manifest(*paths)
    with pytest.raises(BadManifest):
        manifest(*reversed(paths))


def test_a_version_has_so_many_files_and_no_more() -> None:
    assert len(manifest(*map(str, range(MOST_FILES))).files) == MOST_FILES
    with pytest.raises(BadManifest, match="10,001"):
        manifest(*map(str, range(MOST_FILES + 1)))


FILES = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_characters="/\\:"), min_size=1, max_size=8),
    st.tuples(st.integers(0, 2**40), st.sampled_from(Kind)),
    min_size=1,
    max_size=8,
)


@given(FILES, st.randoms(use_true_random=False))
def test_the_digest_is_that_of_the_files_in_whatever_order(
    files: dict[str, tuple[int, Kind]], chance: random.Random
) -> None:
    listed = [
        File(path, Content(hashlib.sha256(path.encode()).hexdigest(), size), kind)
        for path, (size, kind) in files.items()
    ]
    try:
        first = Manifest.of(listed)
    except BadManifest:
        return
    chance.shuffle(listed)
    assert Manifest.of(listed).digest == first.digest
    plain = [
        {"kind": file.kind.value, "bytes": file.content.bytes, "sha256": file.content.sha256, "path": file.path}
        for file in sorted(listed, key=lambda file: file.path)
    ]
    assert first.digest == f"sha256:{hashlib.sha256(rfc8785.dumps(plain)).hexdigest()}"


def test_the_digest_changes_with_everything_that_it_covers() -> None:
    file = File("a", Content("1" * 64, 1), Kind.WEIGHTS)
    others = (
        File("b", file.content, file.kind),
        File("a", Content("2" * 64, 1), file.kind),
        File("a", Content("1" * 64, 2), file.kind),
        File("a", file.content, Kind.OTHER),
    )
    digests = {Manifest.of(files).digest for files in ([file], *([each] for each in others), [file, others[0]])}
    assert len(digests) == 6


@pytest.mark.parametrize(
    ("path", "kind"),
    (
        ("model.safetensors", Kind.WEIGHTS),
        ("a/MODEL.PKL", Kind.WEIGHTS),
        ("config.json", Kind.CONFIGURATION),
        ("tokenizer.json", Kind.TOKENIZER),
        ("a/spiece.model", Kind.TOKENIZER),
        ("MLmodel", Kind.SIGNATURE),
        ("conda.yaml", Kind.ENVIRONMENT),
        ("requirements.txt", Kind.ENVIRONMENT),
        ("README.md", Kind.OTHER),
        ("json", Kind.OTHER),
    ),
)
def test_a_path_tells_the_kind(path: str, kind: Kind) -> None:
    assert kind_of(path) is kind


def test_what_differs_is_counted_and_named() -> None:
    registered = manifest("same", "gone", *(f"changed/{number}" for number in range(5)))
    sent = Manifest.of(
        [
            File.of("same", ZERO),
            File.of("new", ZERO),
            *(File.of(f"changed/{number}", Content("1" * 64, 0)) for number in range(5)),
        ]
    )
    found = differences(registered, sent)
    assert str(found) == "1 added (new), 1 missing (gone), 5 changed (changed/0, changed/1, changed/2, …)"
    assert found
    assert not differences(sent, sent)
    assert str(differences(sent, sent)) == "no difference"
    assert sent.bytes == 0
