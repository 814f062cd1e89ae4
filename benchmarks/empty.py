"""A Flask site that does nothing: what any answer of Flask behind waitress costs.

python -m benchmarks.empty PORT
"""

from __future__ import annotations

import sys

from flask import Flask, Response, jsonify
from waitress import serve

from hub.config import load_config

app = Flask("empty", static_folder=None)


@app.get("/")
def nothing() -> Response:
    """A short JSON."""
    return jsonify(total=0)


if __name__ == "__main__":
    # As `hub run` starts it.
    serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=load_config().threads, ident=None, _quiet=True)
