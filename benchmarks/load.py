"""One client of the load: a process of its own that keeps a connection open and asks, one request after another.

`python -m benchmarks.load` reads its job as JSON from standard input and writes what happened to standard output.
It is bounded by the job's tasks and seconds and speaks to 127.0.0.1 only. Standard library, so that the generator
takes as little as possible of the cores that it measures.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from wastetransfer.embedded.processes import tied

HOST = "127.0.0.1"
# A kept connection belongs to one of the server's processes for good; renewed now and then, they share the load.
TASKS_A_CONNECTION = 40
SAMPLES_KEPT = 3
SAMPLE_LENGTH = 300
REQUEST_WITHIN = 30
# What a client may take beyond its seconds before it is stopped.
GRACE = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One request and what must come back: the status, and ``marker`` at least ``times`` times in the body."""

    path: str
    cookie: str
    status: int = 200
    body: str = ""
    content_type: str = ""
    marker: str = ""
    times: int = 1


@dataclass(slots=True)
class Outcome:
    """What one client, or all together, did. Latencies in milliseconds, of the measured time only.

    ``attempted`` and ``succeeded`` count everything, warming up included: they are compared with the database.
    """

    done: int = 0
    seconds: float = 0.0
    attempted: int = 0
    succeeded: int = 0
    latencies: list[float] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    ran_out: bool = False

    @property
    def failed(self) -> int:
        return self.attempted - self.succeeded

    @property
    def per_second(self) -> float:
        return self.done / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency that `share` of the tasks stay below."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


@dataclass(slots=True)
class Job:
    """``tasks`` are lists of steps; endless ones begin again, others are done once each."""

    port: int
    seconds: float
    warmup: float
    tasks: list[list[dict[str, Any]]]
    is_endless: bool


class Client:
    """Does one job."""

    def __init__(self, job: Job) -> None:
        """Connects with the first request."""
        self.job = job
        self.tasks = [[Step(**step) for step in task] for task in job.tasks]
        self.outcome = Outcome()
        self.connection: HTTPConnection | None = None

    def run(self) -> Outcome:
        """Until the time is over or the tasks are."""
        begin = time.perf_counter() + self.job.warmup
        end, place, outcome = begin + self.job.seconds, 0, self.outcome
        while (started := time.perf_counter()) < end:
            if place == len(self.tasks):
                outcome.ran_out = not self.job.is_endless
                if outcome.ran_out:
                    break
                place = 0
            succeeded = self._do(self.tasks[place])
            place += 1
            finished = time.perf_counter()
            outcome.attempted += 1
            outcome.succeeded += succeeded
            if succeeded and begin <= started and finished <= end:
                outcome.done += 1
                outcome.latencies.append(round((finished - started) * 1000, 3))
        outcome.seconds = max(min(time.perf_counter(), end) - begin, 0.0)
        return outcome

    def _do(self, task: Sequence[Step]) -> bool:
        if self.outcome.attempted % TASKS_A_CONNECTION == 0:
            self._hang_up()
        try:
            return all(self._ask(step) for step in task)
        except (OSError, HTTPException) as error:
            self._hang_up()
            self._keep(f"{task[0].path}: {type(error).__name__} {error}")
            return False

    def _ask(self, step: Step) -> bool:
        if self.connection is None:
            self.connection = HTTPConnection(HOST, self.job.port, timeout=REQUEST_WITHIN)
        headers = {"Cookie": step.cookie}
        if step.body:
            headers["Content-Type"] = step.content_type
        body = step.body.encode() if step.body else None
        self.connection.request("POST" if step.body else "GET", step.path, body=body, headers=headers)
        answer = self.connection.getresponse()
        content = answer.read()
        fits = answer.status == step.status
        if fits and (not step.marker or content.count(step.marker.encode()) >= step.times):
            return True
        self._keep(f"{step.path}: {answer.status} {_gist(content.decode(errors='replace'))}")
        return False

    def _keep(self, sample: str) -> None:
        if len(self.outcome.samples) < SAMPLES_KEPT:
            self.outcome.samples.append(sample[:SAMPLE_LENGTH])

    def _hang_up(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def _gist(page: str) -> str:
    """The refusal that a page shows, or its beginning."""
    start = max(page.find('data-code="'), 0)
    return " ".join(page[start : start + SAMPLE_LENGTH].split())


def drive(
    *, port: int, tasks: Sequence[Sequence[Step]], clients: int, seconds: float, warmup: float, is_endless: bool
) -> Outcome:
    """Deal the tasks out to `clients` processes, let them work at once, and add up what they did."""
    jobs = [
        Job(port, seconds, warmup, [[asdict(step) for step in task] for task in tasks[number::clients]], is_endless)
        for number in range(clients)
    ]
    command = [*tied("TERM"), sys.executable, "-m", "benchmarks.load"]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in jobs]
    try:
        for child, job in zip(children, jobs, strict=True):
            _hand_over(child, job)
        return _sum([_collect(child, seconds + warmup + GRACE) for child in children])
    finally:
        for child in children:
            child.kill()
            child.wait()


def _hand_over(child: "subprocess.Popen[bytes]", job: Job) -> None:
    assert child.stdin is not None  # noqa: S101 - for the type checker
    with child.stdin as pipe:
        pipe.write(json.dumps(asdict(job)).encode())


def _collect(child: "subprocess.Popen[bytes]", within: float) -> Outcome:
    assert child.stdout is not None  # noqa: S101 - for the type checker
    child.stdin = None
    said, _ = child.communicate(timeout=within)
    return Outcome(**json.loads(said))


def _sum(outcomes: Sequence[Outcome]) -> Outcome:
    return Outcome(
        done=sum(one.done for one in outcomes),
        seconds=max(one.seconds for one in outcomes),
        attempted=sum(one.attempted for one in outcomes),
        succeeded=sum(one.succeeded for one in outcomes),
        latencies=[latency for one in outcomes for latency in one.latencies],
        samples=[sample for one in outcomes for sample in one.samples][:SAMPLES_KEPT],
        ran_out=any(one.ran_out for one in outcomes),
    )


def main() -> int:
    """Read the job, do it, tell the outcome."""
    outcome = Client(Job(**json.load(sys.stdin))).run()
    json.dump(asdict(outcome), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
