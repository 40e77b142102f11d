"""The store's file as bytes: what an administrator, or somebody who finds the disk, has in hand."""

from pathlib import Path


def content(path: Path) -> bytes:
    """What the file holds; nothing when there is no such file."""
    return path.read_bytes() if path.is_file() else b""


def everything(path: Path) -> bytes:
    """What the file and its write-ahead log hold."""
    return content(path) + content(path.with_name(f"{path.name}-wal"))


def damage(path: Path) -> None:
    """Overwrite the second half of the file."""
    kept = content(path)
    path.write_bytes(kept[: len(kept) // 2] + b"\xaa" * (len(kept) - len(kept) // 2))
