"""Runs commands of the installed `flyte` client one after another, as its console script does, in one process.

Reads one JSON object a line: {"args": [...], "input": "...", "env": {...}} for a command, or {"script": "...", ...}
for a Python program. Answers one line each: {"code", "stdout", "stderr"}. Starting the client takes most of a command's
time, so this saves it for all but the first.
"""

import contextlib
import io
import json
import os
import sys
import traceback

from flyte.cli.main import main


def exit_code(end):
    """What a process that ends by this SystemExit has as its exit code."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def outcome(request):
    try:
        if "script" in request:
            exec(compile(request["script"], "<script>", "exec"), {"__name__": "__main__"})
        else:
            main()
    except SystemExit as end:
        return exit_code(end)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def answer(request):
    out, err = io.StringIO(), io.StringIO()
    environment = dict(os.environ)
    os.environ.update(request["env"])
    sys.argv = ["flyte", *request["args"]]
    sys.stdin = io.StringIO(request["input"])
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = outcome(request)
    os.environ.clear()
    os.environ.update(environment)
    return {"code": code, "stdout": out.getvalue(), "stderr": err.getvalue()}


def serve():
    # Editors that the client starts must neither read the requests nor write among the answers.
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    for line in requests:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()


serve()
