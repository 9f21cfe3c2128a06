"""Renders and lints the Helm chart in the folder that is named, with the values that stand as JSON on standard input.

Prints JSON: {"files": {name: text}, "lint": [error, ...]}, or {"error": "..."} where Helm refuses the values.
"""

import json
import sys

import helm_python as helm


def render(folder, values):
    try:
        with helm.Chart.load(folder) as chart:
            files = chart.render(values, name="poolkeeper", namespace="poolkeeper")
    except helm.errors.HelmError as error:
        return {"error": str(error)}
    result = helm.lint(folder, values=values, strict=True)
    return {"files": files, "lint": result["errors"]}


print(json.dumps(render(sys.argv[1], json.load(sys.stdin))))
