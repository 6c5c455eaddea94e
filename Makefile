# Short names for developers; bootstrap.py does the work and needs no make.
.PHONY: demo test bench lock

demo:
	python3 bootstrap.py demo

test:
	python3 bootstrap.py test

bench:
	.venv/bin/python -m bench

lock:
	uv pip compile pyproject.toml --extra build --upgrade --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra dev -c requirements.lock --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements-dev.lock
