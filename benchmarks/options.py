"""What a run is asked for, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from wastetransfer.embedded.errors import EmbeddedError

ROWS = 100_000
# Enough where one group of figures brings rows of its own.
FEW_ROWS = 2_000
SECONDS = 10
CLIENTS = 4
# Drafts made ready for each measured second: twice what issue 3 asks for and more, so that they never run out.
FILINGS_A_SECOND = 300
CASES_A_SECOND = 100
WARMUP = 2
# The contended entry is asked for by as many at once as a busy morning brings (issue 3).
CONTENDERS = 16
# Of which a tenth is due at once, among ten times as many finished cases.
CLOCKS = 100_000
GROUPS = ("", "site", "clocks")
# So many file at eight o'clock on the first working day of January.
PEAK = 64


@dataclass(frozen=True, slots=True)
class Options:
    """``rows`` applications in the database, ``seconds`` a figure, ``clients`` at once."""

    rows: int = ROWS
    seconds: int = SECONDS
    clients: int = CLIENTS
    wants_profile: bool = False
    # Running clocks for the sweep's figures; ``only`` names the one group of figures that is wanted.
    clocks: int = CLOCKS
    only: str = ""

    @property
    def drafts(self) -> int:
        """Complete drafts to be filed: a fifth of the rows, and enough for the seconds over few rows as well."""
        return max(self.rows // 5, self.filings + self.cases + 200)

    @property
    def filings(self) -> int:
        """Drafts for the figure that files."""
        return FILINGS_A_SECOND * (self.seconds + WARMUP)

    @property
    def cases(self) -> int:
        """Drafts for the figure of whole cases."""
        return CASES_A_SECOND * (self.seconds + WARMUP)


def read_options(environment: Mapping[str, str]) -> Options:
    """BENCH_ROWS, _SECONDS, _CLIENTS, _CLOCKS, _ONLY, _PROFILE. Raises EmbeddedError for what is no such number."""
    only = environment.get("BENCH_ONLY", "")
    if only not in GROUPS:
        raise EmbeddedError(f"BENCH_ONLY 只能是 {'、'.join(filter(None, GROUPS))}，现为“{only}”。")
    return Options(
        rows=_number(environment, "BENCH_ROWS", FEW_ROWS if only == "clocks" else ROWS, least=200, most=2_000_000),
        seconds=_number(environment, "BENCH_SECONDS", SECONDS, least=1, most=600),
        clients=_number(environment, "BENCH_CLIENTS", CLIENTS, least=1, most=32),
        clocks=_number(environment, "BENCH_CLOCKS", CLOCKS, least=100, most=1_000_000),
        only=only,
        wants_profile=environment.get("BENCH_PROFILE", "") not in {"", "0"},
    )


def _number(environment: Mapping[str, str], name: str, usual: int, *, least: int, most: int) -> int:
    text = environment.get(name) or str(usual)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise EmbeddedError(f"{name} 应为 {least} 到 {most} 的整数，现为“{text}”。")
    return int(text)
