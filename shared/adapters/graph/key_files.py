"""Content keys in PEM files, for a deployment on one machine: `certificate.pem`, then `certificate-2.pem`, …"""

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.adapters.graph.certificates import EncryptionKey, UnusableKey, read_key, written_key
from shared.errors import Misconfigured


class KeyFiles:
    """The keys in the folder of one path; each file is its owner's alone.

    A file appears whole or not at all, and only where there was none: it is written under another name and
    then linked to its own, which of several processes succeeds for one.
    """

    def __init__(self, path: Path) -> None:
        """`path` is the first key's file, or a folder for files called `certificate…`; made on first use."""
        self._first = path / "certificate.pem" if path.is_dir() else path
        self._known: dict[tuple[Path, int, int, int], EncryptionKey] = {}
        """Keys by the state of their files: reading one takes a tenth of a second, since it is checked to be a key."""

    async def keys(self) -> Sequence[EncryptionKey]:
        """See `shared.adapters.graph.key_ring.KeyStore`."""
        return [self._read(path) for _, path in self._files()]

    async def add(self, key: EncryptionKey, *, after: EncryptionKey | None) -> None:
        """See `shared.adapters.graph.key_ring.KeyStore`."""
        files = self._files()
        last = self._read(files[-1][1]) if files else None
        if (last and last.id) != (after and after.id):
            return
        number = files[-1][0] + 1 if files else 1
        self._first.parent.mkdir(parents=True, exist_ok=True)
        draft = self._first.parent / f".{secrets.token_hex(8)}.tmp"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(written_key(key))
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, self._path(number))
        except FileExistsError:
            return  # another process was faster; its key is the one
        finally:
            draft.unlink()

    async def drop(self, key: EncryptionKey) -> None:
        """See `shared.adapters.graph.key_ring.KeyStore`. The last key stays: its number tells which is next."""
        for _, path in self._files()[:-1]:
            if self._read(path).id == key.id:
                path.unlink(missing_ok=True)

    async def close(self) -> None:
        """Nothing is open."""

    def _path(self, number: int) -> Path:
        return self._first if number == 1 else self._first.with_stem(f"{self._first.stem}-{number}")

    def _files(self) -> list[tuple[int, Path]]:
        return sorted(self._numbered())

    def _numbered(self) -> Iterator[tuple[int, Path]]:
        if self._first.exists():
            yield 1, self._first
        pattern = re.compile(rf"{re.escape(self._first.stem)}-([1-9]\d*){re.escape(self._first.suffix)}")
        folder = self._first.parent
        for path in folder.iterdir() if folder.is_dir() else ():
            found = pattern.fullmatch(path.name)
            if found is not None:
                yield int(found[1]), path

    def _read(self, path: Path) -> EncryptionKey:
        try:
            state = path.stat()
            name = (path, state.st_ino, state.st_mtime_ns, state.st_size)
            if name not in self._known:
                self._known[name] = read_key(path.read_bytes())
            return self._known[name]
        except (UnusableKey, OSError):
            fault = Misconfigured(f"CAIRN_CERTIFICATE_PATH: {path.name} holds no usable RSA key with its certificate")
        raise fault
