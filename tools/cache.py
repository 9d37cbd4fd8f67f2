"""Where made things lie, and how they are made once.

Everything that `./dev` fetches or builds is under one cache folder, so that removing
this folder undoes all of it.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.ui import Failure, say

ROOT = Path(__file__).resolve().parent.parent
KEEP = 2


def cache() -> Path:
    """The cache folder: `NZS_CACHE`, else the user's cache folder; made if missing."""
    chosen = os.environ.get("NZS_CACHE")
    if chosen:
        path = Path(chosen).expanduser().resolve()
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        path = Path(base).expanduser() / "notes_zoho_sync"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(
            f"The cache folder {path} cannot be made ({error.strerror}).\n"
            "Set NZS_CACHE to a folder that you may write to."
        ) from error
    return path


def digest(*parts: str | bytes | Path) -> str:
    """A short name for these inputs; a path stands for the content of its file."""
    made = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part
        made.update(data if isinstance(data, bytes) else data.encode())
        made.update(b"\0")
    return made.hexdigest()[:12]


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock `name` among all `./dev` that share this cache."""
    with open(cache() / f"{name}.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("· Waiting for another ./dev that is setting things up …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def made_once(kind: str, key: str, make: Callable[[Path], None]) -> Path:
    """The folder `<kind>-<key>` of the cache, filled by `make(folder)` if it is new.

    A folder counts as made once its stamp is written, so one that was interrupted is
    made again from nothing. Older folders of this kind go, but for the last one:
    another checkout may be using it.
    """
    folder = cache() / f"{kind}-{key}"
    stamp = folder / ".made"
    if stamp.exists():
        os.utime(stamp)
        return folder
    with locked(kind):
        if stamp.exists():
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        make(folder)
        stamp.touch()
        _drop_old(kind)
    return folder


def _drop_old(kind: str) -> None:
    def last_used(folder: Path) -> float:
        stamp = folder / ".made"
        return stamp.stat().st_mtime if stamp.exists() else 0.0

    folders = sorted(cache().glob(f"{kind}-*"), key=last_used, reverse=True)
    for folder in folders[KEEP:]:
        shutil.rmtree(folder, ignore_errors=True)
