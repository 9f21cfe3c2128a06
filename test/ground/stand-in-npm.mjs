// Stands in for npm in the tests of scripts/install.mjs: notes its call, then does what STAND_IN_NPM says. To install slowly
// is to wait for a file `go-on`.
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const mode = process.env.STAND_IN_NPM ?? "installs";
appendFileSync("calls.jsonl", `${JSON.stringify({ args: process.argv.slice(2), path: process.env.PATH })}\n`);
if (mode === "hangs") setInterval(() => {}, 1000);
else if (mode === "fails") fail();
else await install();

function fail() {
  console.error("npm error network timeout at the registry");
  process.exitCode = 1;
}

async function install() {
  rmSync("node_modules", { recursive: true, force: true });
  mkdirSync("node_modules/.bin", { recursive: true });
  while (mode === "installs slowly" && !existsSync("go-on")) await sleep(20);
  if (mode === "leaves node out") writeFileSync("node_modules/.bin/other", "");
  else if (mode === "installs an old node")
    writeFileSync("node_modules/.bin/node", "#!/bin/sh\necho v20.1.0\n", { mode: 0o755 });
  else symlinkSync(process.execPath, "node_modules/.bin/node");
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const present = Object.entries(packages).filter(([path, entry]) => path !== "" && !entry.optional);
  writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages: Object.fromEntries(present) }));
}
