"""Words to the person at the terminal: steps with progress, failures with advice.

Everything here goes to standard error, so that a command's own result (`./dev demo
--json`, pytest's output) has standard output for itself.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HEARTBEAT_SECONDS = 20.0
TICK_SECONDS = 1.0


class Failure(Exception):
    """`./dev` cannot go on. The text says what happened and what to do about it."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say that `title` is under way, how long it has taken so far, and in the end.

    A terminal gets a running count of seconds; anything else a line at the start, one
    every 20 seconds and one at the end.
    """
    started = time.monotonic()
    finished = threading.Event()
    live = sys.stderr.isatty()

    def seconds() -> str:
        return f"{time.monotonic() - started:.0f} s"

    def tick() -> None:
        while not finished.wait(TICK_SECONDS if live else HEARTBEAT_SECONDS):
            if live:
                print(f"\r· {title} … {seconds()}", end="", file=sys.stderr, flush=True)
            else:
                say(f"· {title} … still busy after {seconds()}")

    print(f"· {title} …", end="" if live else "\n", file=sys.stderr, flush=True)
    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        finished.set()
        ticker.join()
        took = f"{time.monotonic() - started:.1f} s"
        say(f"{chr(13) if live else ''}· {title}: {outcome} ({took})")


def run(
    command: Sequence[str | Path],
    *,
    advice: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run `command` quietly and return its standard output.

    Raises `Failure` with the end of what it printed and `advice` when it cannot be
    started or ends with another status than 0.
    """
    try:
        done = subprocess.run(
            command,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise Failure(f"{command[0]} cannot be run: {error}.\n{advice}") from error
    if done.returncode:
        printed = (done.stdout + done.stderr).strip().splitlines()[-25:]
        words = " ".join(str(part) for part in command[:6])
        raise Failure(
            "\n".join(
                [f"`{words} …` ended with status {done.returncode}:", *printed, advice]
            )
        )
    return done.stdout
