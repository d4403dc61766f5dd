"""What files are called that execute when they are loaded, whatever is in them."""

from app.artifacts.formats.format import suffix_of

PICKLES = frozenset({".ckpt", ".dill", ".joblib", ".p", ".pickle", ".pkl", ".pt", ".pth"})
"""Names of files that loaders unpickle, whatever is in them."""

SCRIPTS = frozenset({".js", ".pl", ".ps1", ".py", ".pyc", ".r", ".rb", ".sh"})

_PERHAPS_PICKLES = PICKLES | {".bin", ".dat", ".data", ".model", ".sav"}
"""Names of files that loaders unpickle if they are pickles."""

_KERAS = frozenset({".h5", ".hdf5"})
"""Names by which Keras loads its older files: code in them is executed even in its safe mode (CVE-2025-9905)."""

_LIBRARIES = frozenset({".bat", ".class", ".cmd", ".dll", ".dylib", ".exe", ".pyd", ".so"})
_ARCHIVES = frozenset(
    {
        ".7z", ".bz2", ".egg", ".gz", ".jar", ".keras", ".lz4", ".lzma", ".mar", ".nemo", ".npz", ".rar", ".tar",
        ".tbz2", ".tgz", ".txz", ".whl", ".xz", ".zip", ".zst",
    }
)  # fmt: skip


def is_unsafe_by_name(path: str, format_: str | None = None) -> bool:
    """Whether a file is unsafe for what it is called alone.

    Args:
        path: what it is called.
        format_: what it is, where that is known.
    """
    suffix = suffix_of(path)
    return suffix in PICKLES or suffix in SCRIPTS or suffix in _KERAS or (suffix == ".keras" and format_ == "hdf5")


def has_pickle_suffix(path: str) -> bool:
    """Whether a file of that name is usually unpickled."""
    return suffix_of(path) in PICKLES


def may_be_unpickled(path: str) -> bool:
    """Whether a file of that name is unpickled by loaders that find a pickle in it."""
    return suffix_of(path) in _PERHAPS_PICKLES


def is_unsafe_inside(path: str) -> bool:
    """Whether an archive is unsafe for an entry of that name: one that executes, or that is not looked through."""
    suffix = suffix_of(path)
    return suffix in _LIBRARIES or suffix in _ARCHIVES or is_unsafe_by_name(path)
