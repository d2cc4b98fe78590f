"""docker-compose.yml without Docker: each service's very command, with the file's environment, on embedded servers."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests.house.processes import BASE, belonging_to, clean_environment, free_port, wait_for

pytestmark = pytest.mark.processes
SECRETS = {
    "SECOND_FACTOR_KEYS": "a2V5LW9uZS1rZXktb25lLWtleS1vbmUta2V5LW9uZS0=",
    "SECRET_KEY": "k" * 60,
    "POSTGRES_PASSWORD": "secret1",
    "REDIS_PASSWORD": "secret2",
    "ALLOWED_HOSTS": "whitelist.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://whitelist.example.org",
    "SITE_URL": "https://whitelist.example.org",
    "EMAIL_URL": "smtp://127.0.0.1:9",
    "DEFAULT_FROM_EMAIL": "whitelist@example.org",
}
OURS = ("migrate", "web", "worker", "beat")
FILE = yaml.safe_load((BASE / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = FILE["services"]


def filled(text: str, values: dict[str, str]) -> str:
    """`text` as compose reads it: `${NAME:?sentence}`, `${NAME:-default}`, `$$`."""

    def value(found: re.Match[str]) -> str:
        name, rule, rest = found.groups()
        if name in values:
            return values[name]
        assert rule == ":-", f"{name} is missing: {rest}"
        return rest

    return re.sub(r"\$\{(\w+)(?:(:[?-])([^}]*))?\}", value, text).replace("$$", "$")


def environment_of(name: str, **instead: str) -> dict[str, str]:
    declared = {key: filled(text, SECRETS) for key, text in SERVICES[name]["environment"].items()}
    commands = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return clean_environment() | declared | {"PATH": commands} | instead


@pytest.fixture(scope="module")
def servers() -> dict[str, str]:
    """The addresses of the run's own servers, with a database that nobody else uses."""
    url = os.environ["TEST_DATABASE_URL"]
    with psycopg.connect(url.replace("/wastetransfer?", "/postgres?"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS composed WITH (FORCE)")
        connection.execute("CREATE DATABASE composed")
    return {"DATABASE_URL": url.replace("/wastetransfer?", "/composed?"), "REDIS_URL": os.environ["TEST_REDIS_URL"]}


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    assert belonging_to(tmp_path) == []


class Running:
    """One service as compose would run it, its output in a file."""

    def __init__(self, name: str, var: Path, instead: dict[str, str]) -> None:
        self.name = name
        self.environment = environment_of(name, **instead)
        self.log = var / f"{name}.log"
        assert not self.is_healthy(), f"{name}: a check that passes before anything runs checks nothing"
        command = [filled(word, SECRETS) for word in SERVICES[name]["command"]]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=BASE, env=self.environment, stdout=out, stderr=out, start_new_session=True
            )

    def is_healthy(self) -> bool:
        kind, *words = SERVICES[self.name]["healthcheck"]["test"]
        command = ["sh", "-c", filled(words[0], {})] if kind == "CMD-SHELL" else words
        done = subprocess.run(command, cwd=BASE, env=self.environment, capture_output=True, check=False, timeout=60)
        return done.returncode == 0

    def is_settled(self) -> bool:
        return self.process.poll() is not None or self.is_healthy()


def test_migrate_then_web_worker_and_beat_become_healthy_and_stop(var: Path, servers: dict[str, str]) -> None:
    instead = {**servers, "VAR_DIR": str(var)}
    command = [filled(word, SECRETS) for word in SERVICES["migrate"]["command"]]
    subprocess.run(command, cwd=BASE, env=environment_of("migrate", **instead), check=True, timeout=180)
    running: list[Running] = []
    try:
        for name, own in {"web": {"PORT": str(free_port())}, "worker": {}, "beat": {}}.items():
            running.append(Running(name, var, instead | own))
        for one in running:
            wait_for(one.is_settled, seconds=60, what=f"{one.name} healthy")
            assert one.process.poll() is None, one.log.read_text(encoding="utf-8")
    finally:
        for one in running:
            one.process.send_signal(signal.SIGTERM)
        codes = {one.name: one.process.wait(60) for one in running}
    assert codes == {"web": 0, "worker": 0, "beat": 0}


def test_production_collects_its_static_files(tmp_path: Path) -> None:
    environment = environment_of("web", STATIC_ROOT=str(tmp_path), VAR_DIR=str(tmp_path / "var"))
    command = ["python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=BASE, env=environment, check=True, timeout=180)
    manifest = (tmp_path / "staticfiles.json").read_text(encoding="utf-8")
    assert all(f"vendor/{name}" in manifest for name in ("tabler.min.css", "tabler.min.js", "htmx.min.js"))


@pytest.mark.parametrize("name", OURS)
def test_ours_take_every_secret_from_the_environment(name: str) -> None:
    for needed in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"):
        assert re.search(r"\$\{\w+:\?", SERVICES[name]["environment"][needed]), f"{name}: {needed} may be forgotten"


def test_every_long_lived_service_has_a_health_check_and_restarts() -> None:
    for name, service in SERVICES.items():
        if name != "migrate":
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"], name


def test_web_and_worker_can_be_scaled() -> None:
    for name in ("web", "worker"):
        assert "container_name" not in SERVICES[name]
        for port in SERVICES[name].get("ports", []):
            host = filled(port, {}).rsplit(":", 2)[1]
            first, _, last = host.partition("-")
            assert int(last) > int(first), f"{name}: {port} leaves no port for a second one"


def test_data_lies_in_volumes() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert mounted == set(FILE["volumes"])


def test_the_dockerfile_runs_what_compose_runs() -> None:
    lines = (BASE / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in lines
    assert "USER app" in lines
    command = SERVICES["web"]["command"]
    assert shlex.join(command[:2]) in " ".join(re.findall(r'"([^"]+)"', lines.rsplit("CMD", 1)[1]))


def test_the_example_names_every_variable() -> None:
    wanted = set(re.findall(r"\$\{(\w+)", (BASE / "docker-compose.yml").read_text(encoding="utf-8")))
    named = set(re.findall(r"(?m)^(?:# )?(\w+)=", (BASE / ".env.example").read_text(encoding="utf-8")))
    assert named == wanted
