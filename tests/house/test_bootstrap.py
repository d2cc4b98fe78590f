"""The first minute on a strange machine: a wrong Python, no venv, no network, a changed package."""

import ast
import shutil
import sys
from pathlib import Path

import pytest

from tests.house.processes import BASE, finished

pytestmark = pytest.mark.processes
NOWHERE = "http" + "://127.0.0.1:1/simple"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that bootstrap reads, in a folder of their own."""
    (tmp_path / "wastetransfer").mkdir()
    shutil.copy(BASE / "wastetransfer" / "bootstrap.py", tmp_path / "wastetransfer")
    shutil.copytree(BASE / "requirements", tmp_path / "requirements")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(BASE / name, tmp_path)
    return tmp_path


def bootstrap(checkout: Path, profile: str = "demo", **environment: str) -> tuple[int, str]:
    done = finished(
        [sys.executable, str(checkout / "wastetransfer" / "bootstrap.py"), profile], seconds=120, **environment
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stderr.strip()


def test_old_pythons_can_at_least_read_it() -> None:
    source = (BASE / "wastetransfer" / "bootstrap.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 7))


def test_a_wrong_python_is_a_sentence(checkout: Path) -> None:
    pretend = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path(sys.argv[1], run_name='__main__')"
    done = finished([sys.executable, "-c", pretend, str(checkout / "wastetransfer" / "bootstrap.py")], seconds=30)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "需要 Python 3.11 或更新版本，现为 3.9" in done.stderr
    assert not (checkout / ".venv").exists()


def test_no_network_is_a_sentence_and_the_next_run_tries_again(checkout: Path) -> None:
    offline = {"PIP_INDEX_URL": NOWHERE, "PIP_RETRIES": "0", "PIP_CONFIG_FILE": "/dev/null"}
    for _ in range(2):
        code, said = bootstrap(checkout, **offline)
        assert code == 1
        assert "网络不通或软件源不可用" in said
    assert not list((checkout / ".venv").glob(".installed-*"))


def test_no_network_for_the_front_end_is_a_sentence(checkout: Path) -> None:
    pretend_installed(checkout)
    code, said = bootstrap(
        checkout, npm_config_registry=NOWHERE, npm_config_fetch_retries="0", npm_config_cache=str(checkout / "cache")
    )
    assert code == 1
    assert "无法下载前端文件" in said


def test_no_network_for_the_fonts_is_a_sentence_and_leaves_none(checkout: Path) -> None:
    offline = {"npm_config_registry": NOWHERE, "npm_config_fetch_retries": "0"}
    code, said = bootstrap(checkout, "fonts", npm_config_cache=str(checkout / "cache"), **offline)
    assert code == 1
    assert "无法下载文书字体" in said
    assert not (checkout / "var" / "fonts").exists()


def test_the_demo_does_not_wait_for_the_fonts() -> None:
    """69 MB would stand between a clone and the first page; whoever runs the tests has them fetched."""
    tree = ast.parse((BASE / "wastetransfer" / "bootstrap.py").read_text(encoding="utf-8"))
    steps = next(node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "STEPS")
    named = {key.value: ast.unparse(value) for key, value in zip(steps.keys, steps.values, strict=True)}
    assert {profile: "_fonts" in value for profile, value in named.items()} == {
        "demo": False,
        "dev": True,
        "fonts": True,
    }


def test_a_package_that_is_not_the_locked_one_is_refused(checkout: Path) -> None:
    packages = checkout / "packages"
    packages.mkdir()
    (packages / "amqp-5.4.2-py3-none-any.whl").write_bytes(b"PK\x05\x06" + bytes(18))
    lock = checkout / "requirements" / "demo.txt"
    entry = lock.read_text(encoding="utf-8").split("asgiref", 1)[0]
    assert entry.startswith("amqp==5.4.2")
    lock.write_text(entry, encoding="utf-8")
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(packages), "PIP_CONFIG_FILE": "/dev/null"}
    code, said = bootstrap(checkout, **settings)
    assert code == 1
    assert "与锁定的哈希不符" in said


def test_a_broken_environment_is_made_anew(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/no/such/python")
    bootstrap(checkout, PIP_INDEX_URL=NOWHERE, PIP_RETRIES="0", PIP_CONFIG_FILE="/dev/null")
    assert (checkout / ".venv" / "bin" / "python").exists()


def test_var_that_is_a_file_is_a_sentence(checkout: Path) -> None:
    pretend_installed(checkout)
    (checkout / "var").write_text("mine")
    code, said = bootstrap(checkout)
    assert (code, "应为目录" in said) == (1, True)


def pretend_installed(checkout: Path) -> None:
    """An environment that is complete by its stamp."""
    finished([sys.executable, "-m", "venv", str(checkout / ".venv")], seconds=60)
    code = (
        f"import sys; sys.path.insert(0, {str(checkout / 'wastetransfer')!r}); import bootstrap as b; "
        "(b.VENV / '.installed-demo').write_text(b._digest(b.BASE / 'requirements' / 'demo.txt'))"
    )
    done = finished([sys.executable, "-c", code], seconds=30)
    assert done.returncode == 0, done.stderr
