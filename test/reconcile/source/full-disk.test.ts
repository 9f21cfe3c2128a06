import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { randomText } from "./random-text.ts";
import { openSourceWorld } from "./source-world.ts";

test("a fetch that fills the disk leaves no half pack, and is not tried again from scratch, which would fill it too", async () => {
  const { repository, open, folder, mirrors } = openSourceWorld();
  repository.push({ "a.yaml": "1" });
  const source = await open();
  await source.fetch();
  const second = repository.push({ "a.yaml": randomText(3000) });
  // What git does on a full disk, and says.
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const fetch = [
    'half="$GIT_DIR/objects/pack/tmp_pack_half"; : >"$half"; echo "$GIT_DIR" >>"$0.fetches"',
    'echo "fatal: write error: No space left on device" >&2',
    'echo "fatal: fetch-pack: invalid index-pack output" >&2; exit 128',
  ].join("\n");
  writeFileSync(
    join(bin, "git"),
    `#!/bin/sh\ncase " $* " in *" fetch "*)\n${fetch};; esac\nexec ${repository.ask("--exec-path")}/git "$@"\n`,
  );
  chmodSync(join(bin, "git"), 0o755);
  vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const full = await open();
  await expect(full.fetch()).rejects.toMatchObject({ code: "source_no_space", next: "retry" });
  expect(readFileSync(join(bin, "git.fetches"), "utf8").trim().split("\n")).toHaveLength(1);
  expect(readdirSync(mirrors, { recursive: true }).filter((name) => String(name).includes("tmp_"))).toEqual([]);
  vi.unstubAllEnvs();
  expect((await (await open()).fetch()).id).toBe(second);
});
