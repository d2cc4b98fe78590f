"""Children that never outlive their parent, and how to look at processes."""

import os
import signal
import subprocess
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from wastetransfer.embedded.errors import EmbeddedError

# PostgreSQL refuses to run as root; `nobody` exists on every Linux.
UNPRIVILEGED = 65534


def tied(signal_name: str, *, as_nobody: Iterable[Path] | None = None) -> list[str]:
    """The words before a command that make the kernel send it `signal_name` when its parent thread dies.

    `as_nobody`: given to a root's child that must not be root, with the paths it has to reach. Where one of
    them lies below a folder closed to others (such as /root), the child keeps the one capability that opens it.
    Call the command from the main thread: the signal follows the thread, not the process.
    """
    words = ["setpriv", f"--pdeathsig={signal_name}"]
    if as_nobody is not None and os.geteuid() == 0:
        words += [f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups"]
        if not all(_is_open_to_others(path) for path in as_nobody):
            # Without the bit, access(2) would ignore the capability, and initdb asks access(2) for its binaries.
            words += ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return words


def give_to_server(folder: Path) -> None:
    """Make `folder` the property of the user that PostgreSQL runs as, when that is another than ours."""
    if os.geteuid() == 0:
        os.chown(folder, UNPRIVILEGED, UNPRIVILEGED)


def _is_open_to_others(path: Path) -> bool:
    folders = [path, *path.parents]
    return all(
        folder.stat().st_mode & 0o001 for folder in folders if folder.is_dir() and not _belongs_to_nobody(folder)
    )


def _belongs_to_nobody(folder: Path) -> bool:
    return folder.stat().st_uid == UNPRIVILEGED


def package_folder(name: str) -> Path:
    """Where package `name` lies, without importing it (one of them warns on import)."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        message = f"缺少软件包 {name}：请先运行 make demo 或 make test 完成安装。"
        raise EmbeddedError(message)
    return Path(spec.submodule_search_locations[0])


def state_of(pid: int) -> str:
    """The kernel's letter for the state of `pid` (`Z`: zombie); empty when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[0]


def command_of(pid: int) -> list[str]:
    """The command line of `pid`; empty when there is none."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [word.decode(errors="replace") for word in raw.rstrip(b"\0").split(b"\0")]


def stop(child: "subprocess.Popen[bytes]", number: signal.Signals, *, seconds: float) -> None:
    """Send `number`, wait, and kill what has not ended after `seconds`."""
    if child.poll() is None:
        child.send_signal(number)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def run(command: Sequence[str], *, failure: str) -> None:
    """Run `command` to its end; raises EmbeddedError with `failure` and the command's last line."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        message = f"{failure}（{lines[-1] if lines else done.returncode}）"
        raise EmbeddedError(message)
