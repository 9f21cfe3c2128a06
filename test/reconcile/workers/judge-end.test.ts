import { describe, expect, test } from "vitest";
import { judgeEnd } from "../../../src/reconcile/workers/create-run-task.ts";

const OUT_OF_MEMORY = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n";
const collected = (mb: string) =>
  `<--- Last few GCs --->\n\n[25539:0x31d98000] 778 ms: Mark-Compact (reduce) 500.4 (529.4) -> ${mb} (529.6) MB, pooled: 0 MB, 6.1 / 0.0 ms\n`;
const NO_SPACE = "FATAL ERROR: Committing semi space failed. Allocation failed - JavaScript heap out of memory\n";
const LAST_RESORT = "FATAL ERROR: CALL_AND_RETRY_LAST Allocation failed - JavaScript heap out of memory\n";
const BAD_ALLOC = "terminate called after throwing an instance of 'std::bad_alloc'\n";
const NO_THREAD = "node: ../src/node_platform.cc:68: Assertion `(0) == (uv_thread_create_ex(...))' failed.\n";
const NO_LIBRARY = "node: error while loading shared libraries: libstdc++.so.6: cannot open shared object file\n";

describe("how a process ended", () => {
  test.each([
    ["SIGABRT", OUT_OF_MEMORY, "memory"],
    ["exit code 134", OUT_OF_MEMORY, "memory"],
    ["SIGTRAP", "# Fatal JavaScript invalid size error 169220804\n", "memory"],
    ["SIGABRT", collected("820.3") + LAST_RESORT, "memory"],
    ["SIGABRT", collected("20.3") + NO_SPACE, "outside"],
    ["SIGABRT", collected("482.9") + LAST_RESORT, "outside"],
    ["SIGABRT", NO_SPACE, "outside"],
    ["SIGABRT", BAD_ALLOC, "outside"],
    ["SIGTRAP", "# Fatal process out of memory: Worklist::Segment::Create\n", "outside"],
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
    expect(judgeEnd({ how, words }, 2_000)).toBe(cause);
  });
});
