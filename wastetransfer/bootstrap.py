"""Makes a fresh checkout ready: environment, locked packages, front-end files, fonts of the papers.

Run by the system's Python before anything is installed: `python3 wastetransfer/bootstrap.py demo|dev|fonts`.
`dev` fetches the fonts, too; the demo has them fetched by `fonts` in the background, when its first page stands.
(`vendor`, in the Dockerfile, only copies files out of node_modules that are already there.)
Standard library only, and the syntax of old Pythons, so that those get a sentence and not a trace.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file is what enforces it
    sys.exit(
        "需要 Python 3.11 或更新版本，现为 {}.{}。请安装后重试，或用 make PYTHON=/路径/python3.11 指定。".format(
            *sys.version_info[:2]
        )
    )

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
VENV = BASE / ".venv"
VENDOR = BASE / "var" / "vendor"
FONTS = BASE / "var" / "fonts"
FONTS_LOCK = BASE / "requirements" / "fonts"
OLDEST_NODE = 20
# Node brings authorities of its own; a bureau whose proxy opens TLS has its authority in the system's list.
SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
# Whoever has the larger set needs no second run for the smaller one: both locks agree on versions.
SUFFICIENT = {"demo": ("demo", "dev"), "dev": ("dev",)}
OFFLINE = re.compile(
    r"name resolution|NewConnectionError|Network is unreachable|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|"
    r"ConnectTimeout|Connection refused|ProxyError|No matching distribution|ERR_SOCKET",
)
DISTRUST = re.compile(r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)\w*|SSLError")


class BootstrapError(Exception):
    """A sentence for the person at the terminal."""


def main(arguments: list[str]) -> int:
    """Prepare for `demo`, `dev` or `fonts`; 0 when everything is there, 1 after a sentence saying what is wrong."""
    if arguments == ["vendor"]:
        _copy_front_end_files()
        _copy_fonts()
        return 0
    if len(arguments) != 1 or arguments[0] not in STEPS:
        print("用法：python3 wastetransfer/bootstrap.py demo|dev|fonts|vendor", file=sys.stderr)
        return 2
    try:
        with (BASE / ".bootstrap.lock").open("w") as lock:
            _wait_for_turn(lock)
            for step in STEPS[arguments[0]]:
                step()
    except BootstrapError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = error.filename or BASE
        print(f"✗ 无法写入或读取 {where}：{error.strerror}。请检查权限和磁盘空间。", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n✗ 已中断；再次运行会接着完成。", file=sys.stderr)
        return 130
    return 0


def _wait_for_turn(lock) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("· 另一个终端正在安装，等待其完成……", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def _digest(*paths: Path) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.read_bytes())
    return whole.hexdigest()


def _python_packages(profile: str) -> None:
    _environment()
    for name in SUFFICIENT[profile]:
        stamp = VENV / f".installed-{name}"
        if stamp.is_file() and stamp.read_text() == _digest(BASE / "requirements" / f"{name}.txt"):
            return
    _install(profile)


def _environment() -> None:
    python = VENV / "bin" / "python"
    if python.exists() and _works([python, "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]):
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    _step("建立 Python 虚拟环境", [sys.executable, "-m", "venv", str(VENV)], _without_venv)


def _without_venv(output: str) -> str:
    shutil.rmtree(VENV, ignore_errors=True)
    if "ensurepip" in output:
        return "本机缺少 venv 模块：请先安装 python3-venv（Debian：apt install python3-venv）。"
    return "无法建立虚拟环境 .venv。"


def _install(name: str) -> None:
    lock = BASE / "requirements" / f"{name}.txt"
    options = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--progress-bar", "off"]
    command = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", *options]
    total = len(re.findall(r"^\S+==", lock.read_text(), re.MULTILINE))
    _step(f"安装 Python 软件包（{total} 个）", [*command, "-r", str(lock)], _without_packages)
    (VENV / f".installed-{name}").write_text(_digest(lock))


def _without_packages(output: str) -> str:
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in output:
        return "下载的软件包与锁定的哈希不符，已拒绝安装：请检查所用的软件源是否可信。"
    if DISTRUST.search(output):
        return "软件源的证书不受信任：若单位网络使用自己的根证书，请装入系统，并设置 PIP_CERT=/etc/ssl/certs/ca-certificates.crt。"
    if "No space left" in output:
        return "磁盘空间不足，软件包安装未完成。"
    if OFFLINE.search(output):
        return "无法下载软件包：网络不通或软件源不可用。联网（或配置 pip 软件源）后重新运行即可。"
    return "软件包安装失败。"


def _front_end_files() -> None:
    stamp = VENDOR / ".installed"
    complete = all((VENDOR / name).is_file() for name in _vendor())
    if complete and stamp.is_file() and stamp.read_text() == _front_end_digest():
        return
    if VENDOR.parent.exists() and not VENDOR.parent.is_dir():
        raise BootstrapError(f"{VENDOR.parent} 应为目录，现为文件：请移走后重试。")
    npm, environment = _npm()
    _step("下载前端文件", [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], _without_npm, environment)
    _copy_front_end_files()


def _fonts() -> None:
    """The fonts in which papers are set, unless those of the lock are there already."""
    stamp = FONTS / ".installed"
    complete = all((FONTS / name).is_file() for name in _wanted_fonts())
    if complete and stamp.is_file() and stamp.read_text() == _fonts_digest():
        return
    npm, environment = _npm()
    command = [*npm, "--prefix", str(FONTS_LOCK), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    _step("下载文书字体（约 69 MB）", command, _without_fonts, environment)
    _copy_fonts()
    shutil.rmtree(FONTS_LOCK / "node_modules", ignore_errors=True)


def _wanted_fonts() -> dict[str, str]:
    """Return the name in var/fonts and the path in node_modules of each font."""
    return json.loads((FONTS_LOCK / "package.json").read_text(encoding="utf-8"))["fonts"]


def _fonts_digest() -> str:
    return _digest(FONTS_LOCK / "package.json", FONTS_LOCK / "package-lock.json")


def _copy_fonts() -> None:
    FONTS.mkdir(parents=True, exist_ok=True)
    for name, source in _wanted_fonts().items():
        # Under its own name only when whole: whoever renders meanwhile finds a font or none.
        part = FONTS / (name + ".part")
        shutil.copyfile(FONTS_LOCK / "node_modules" / source, part)
        part.replace(FONTS / name)
    (FONTS / ".installed").write_text(_fonts_digest())


def _without_fonts(output: str) -> str:
    return _without_npm(output).replace("前端文件", "文书字体")


def _vendor() -> dict[str, str]:
    """Return the name in var/vendor and the path in node_modules of each file that pages use."""
    return json.loads((BASE / "package.json").read_text(encoding="utf-8"))["vendor"]


def _front_end_digest() -> str:
    return _digest(BASE / "package.json", BASE / "package-lock.json")


def _copy_front_end_files() -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in _vendor().items():
        text = (BASE / "node_modules" / source).read_text(encoding="utf-8")
        # The map isn't copied, and a style sheet that names a missing file stops collectstatic.
        text = re.sub(r"(?m)^/[/*]# sourceMappingURL=.*$", "", text)
        (VENDOR / name).write_text(text, encoding="utf-8")
    (VENDOR / ".installed").write_text(_front_end_digest())


def _npm():
    """npm's command and environment: the machine's Node when new enough, otherwise one from a wheel."""
    environment = dict(os.environ)
    if Path(SYSTEM_AUTHORITIES).exists():
        environment.setdefault("NODE_EXTRA_CA_CERTS", SYSTEM_AUTHORITIES)
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        found = re.match(r"v(\d+)", version)
        if found and int(found.group(1)) >= OLDEST_NODE:
            return [npm], environment
    stamp, lock = VENV / ".installed-node", BASE / "requirements" / "node.txt"
    if not (stamp.is_file() and stamp.read_text() == _digest(lock)):
        _install("node")
    folder = VENV / "bin"
    path = os.pathsep.join([str(folder), os.environ.get("PATH", "")])
    return [str(folder / "python"), str(folder / "npm")], {**environment, "PATH": path}


def _without_npm(output: str) -> str:
    if "EINTEGRITY" in output:
        return "下载的前端文件与锁定的哈希不符，已拒绝使用。"
    if DISTRUST.search(output):
        return "npm 软件源的证书不受信任：若单位网络使用自己的根证书，请装入系统，或设置 NODE_EXTRA_CA_CERTS。"
    if OFFLINE.search(output):
        return "无法下载前端文件：网络不通或 npm 软件源不可用。联网后重新运行即可。"
    return "前端文件下载失败。"


def _works(command) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _step(title: str, command, explain, environment=None) -> None:
    """Run one long step, showing that it lives; raise BootstrapError with what `explain` makes of its output."""
    started = time.monotonic()
    print(f"· {title} ……", flush=True)
    with subprocess.Popen(
        command,
        cwd=BASE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as child:
        output = _follow(child.stdout, started)
    if child.returncode:
        log = BASE / ".bootstrap.log"
        log.write_text(output, encoding="utf-8")
        raise BootstrapError(f"{explain(output)}（详情见 {log.name}）")
    print(f"\r  完成，用时 {time.monotonic() - started:.0f} 秒\033[K" if _is_terminal() else "  完成", flush=True)


def _follow(lines, started: float) -> str:
    kept, shown = [], 0.0
    for line in lines:
        kept.append(line)
        now = time.monotonic()
        often = 0.3 if _is_terminal() else 10
        if now - shown >= often:
            shown = now
            words = f"  {now - started:3.0f} 秒  {line.strip()[:60]}"
            print(f"\r{words}\033[K" if _is_terminal() else words, end="" if _is_terminal() else "\n", flush=True)
    return "".join(kept)


def _is_terminal() -> bool:
    return sys.stdout.isatty()


STEPS = {
    "demo": (lambda: _python_packages("demo"), _front_end_files),
    "dev": (lambda: _python_packages("dev"), _front_end_files, _fonts),
    "fonts": (_fonts,),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
