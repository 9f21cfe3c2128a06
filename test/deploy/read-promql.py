"""Reads queries, a JSON list on standard input, with a parser of PromQL.

Prints JSON by query: {"selectors": [[metric, [label, ...]], ...]}, or {"error": "..."} where it is no PromQL.
"""

import json
import sys

import promql_parser


def selectors(query):
    found = []

    def collect(node):
        if isinstance(node, promql_parser.VectorSelector):
            found.append([node.name, [matcher.name for matcher in node.matchers.matchers]])

    promql_parser.walk(promql_parser.parse(query), pre_visit=collect)
    return found


def read(query):
    try:
        return {"selectors": selectors(query)}
    except Exception as error:
        return {"error": str(error)}


print(json.dumps({query: read(query) for query in json.load(sys.stdin)}))
