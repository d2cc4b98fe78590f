# The whole of it: `make demo` shows the system, `make test` tests it. `make help` lists the rest.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
SHELL := /bin/bash
.DEFAULT_GOAL := help

.PHONY: help
help: ## 列出所有命令
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done
	@echo
	@echo '  变量：PORT=8001（演示端口，默认 8000） HOST=0.0.0.0（默认 127.0.0.1） PYTHON=python3.11'
	@echo '        DATABASE_URL、REDIS_URL（改用自己的服务器） BROWSER=required（浏览器测试必须运行） CHROMIUM=/路径'

# Tied to make by setpriv: even `kill -9` of make stops the demo.
.PHONY: demo
demo: bootstrap-demo ## 安装并启动演示系统（Ctrl-C 停止，数据保留在 var/）
	@PORT=$(PORT) exec setpriv --pdeathsig TERM $(BIN)/python -m wastetransfer.embedded.demo

.PHONY: reset
reset: ## 清空演示数据（演示运行时拒绝）
	@$(PYTHON) wastetransfer/reset.py

.PHONY: test
test: lint ## 全部检查和测试，使用自带的 PostgreSQL 与 Redis
	$(BIN)/pytest -n 2 --dist loadgroup

.PHONY: check
check: lint ## 快速检查：规范、类型和不碰数据库的测试（60 秒以内）
	$(BIN)/pytest --pure -q

.PHONY: bench
bench: bootstrap-demo ## 性能测试：自带服务器，十万件申请，最后一张表（BENCH_ONLY=site、BENCH_ROWS、BENCH_SECONDS、BENCH_CLIENTS、BENCH_PROFILE=1）
	@$(PYTHON) wastetransfer/bootstrap.py fonts
	@exec setpriv --pdeathsig TERM $(BIN)/python -m benchmarks

.PHONY: bench-clocks
bench-clocks: bootstrap-demo ## 只测时限巡检：十万个在计时、一百万件已办结（BENCH_CLOCKS）
	@BENCH_ONLY=clocks exec setpriv --pdeathsig TERM $(BIN)/python -m benchmarks

.PHONY: pictures
pictures: bootstrap-dev ## 重拍 README 的图（另一窗口须运行着 make demo，文书字体已下载；PORT 同演示）
	@PORT=$(PORT) $(BIN)/python -m tests.pictures

.PHONY: lint
lint: bootstrap-dev ## 只做静态检查：ruff、djlint、分层、类型、迁移是否完整
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet apps
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run --settings wastetransfer.settings.test

.PHONY: format
format: bootstrap-dev ## 自动整理代码格式
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lock
lock: ## 重新锁定依赖版本（requirements/*.in 或 package.json 改动之后）
	@PATH="$$PATH:$(CURDIR)/$(BIN)" $(PYTHON) wastetransfer/locks.py

.PHONY: bootstrap-demo bootstrap-dev
bootstrap-demo bootstrap-dev:
	@command -v $(PYTHON) >/dev/null || { echo '✗ 找不到 $(PYTHON)：请先安装 Python 3.11 或更新版本。' >&2; exit 1; }
	@$(PYTHON) wastetransfer/bootstrap.py $(@:bootstrap-%=%)

.PHONY: clean
clean: ## 删除安装的环境和缓存（保留 var/ 的数据）
	rm -rf .venv node_modules staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .bootstrap.*
