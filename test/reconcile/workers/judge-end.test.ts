import { describe, expect, test } from "vitest";
import { judgeEnd } from "../../../src/reconcile/workers/create-run-task.ts";

const OUT_OF_MEMORY = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n";
const NO_THREAD = "node: ../src/node_platform.cc:68: Assertion `(0) == (uv_thread_create_ex(...))' failed.\n";
const NO_LIBRARY = "node: error while loading shared libraries: libstdc++.so.6: cannot open shared object file\n";

describe("how a process ended", () => {
  test.each([
    ["SIGABRT", OUT_OF_MEMORY, "memory"],
    ["exit code 134", OUT_OF_MEMORY, "memory"],
    ["SIGTRAP", "# Fatal JavaScript invalid size error 169220804\n", "memory"],
    ["SIGABRT", NO_THREAD, "outside"],
    ["exit code 134", NO_THREAD, "outside"],
    ["SIGKILL", "", "outside"],
    ["SIGSEGV", "", "outside"],
    ["exit code 137", "", "outside"],
    ["exit code 126", "sh: 1: /usr/bin/node: Permission denied\n", "not_started"],
    ["exit code 127", NO_LIBRARY, "not_started"],
    ["exit code 1", "SyntaxError: Unexpected token\n", "defect"],
    ["exit code 9", "node: bad option: --permission\n", "defect"],
    ["exit code 13", "", "defect"],
  ])("%s with %j is: %3$s", (how, words, cause) => {
    expect(judgeEnd({ how, words })).toBe(cause);
  });
});
