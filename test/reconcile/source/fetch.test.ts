import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSourceWorld } from "./source-world.ts";

const CREDENTIALS = { username: "git", password: "s3cret-token" };

describe("a branch of a repository", () => {
  test("gives its newest commit, which is described and read", async () => {
    const { repository, open } = openSourceWorld();
    const id = repository.push(
      { "a.yaml": "a: 1\n", "b/c.yml": "c: 1\n", "d.txt": "no" },
      { message: "First\n\nmore" },
    );
    const source = await open();
    const revision = await source.fetch();
    expect(revision).toMatchObject({ id, subject: "First", author: "Test Author <author@example.com>" });
    expect(Date.parse(revision.at)).toBeGreaterThan(0);
    const { files, diagnostics } = await source.read(id);
    expect(files.map(({ path, text }) => [path, text])).toEqual([
      ["a.yaml", "a: 1\n"],
      ["b/c.yml", "c: 1\n"],
    ]);
    expect(diagnostics).toEqual([]);
  });

  test("is fetched again when it moved, and the older revision stays", async () => {
    const { repository, open } = openSourceWorld();
    const source = await open();
    const first = repository.push({ "a.yaml": "1" });
    await source.fetch();
    const second = repository.push({ "a.yaml": "2" });
    expect((await source.fetch()).id).toBe(second);
    expect((await source.read(first)).files).toMatchObject([{ text: "1" }]);
    expect((await source.read(second)).files).toMatchObject([{ text: "2" }]);
    expect(await source.compare(first, second)).toBe("forward");
    expect(await source.compare(second, first)).toBe("rewritten");
    expect(await source.compare(second, second)).toBe("same");
    expect(await source.compare("0".repeat(40), second)).toBe("unknown");
  });

  test("asks git once what two commits are to each other", async () => {
    const { repository, mirrors, open } = openSourceWorld();
    const source = await open();
    const first = repository.push({ "a.yaml": "1" });
    await source.fetch();
    const second = repository.push({ "a.yaml": "2" });
    // What is not known yet is asked again.
    await expect(source.compare(first, second)).rejects.toMatchObject({ code: "revision_missing" });
    expect(await source.compare(second, first)).toBe("unknown");
    await source.fetch();
    const ask = async () => [
      await source.compare(first, second),
      await source.compare(second, first),
      (await source.proposals?.listCommits(first, second))?.map(({ id }) => id),
    ];
    const answers = await ask();
    expect(answers).toEqual(["forward", "rewritten", [second]]);
    rmSync(mirrors, { recursive: true });
    expect(await ask()).toEqual(answers);
    // Git would have made the mirror anew.
    expect(existsSync(mirrors)).toBe(false);
  });

  test.each([false, true])("is fetched over HTTP with a token (https: %s)", async (tls) => {
    const { folder, repository, open, serve } = openSourceWorld();
    const { server, url } = await serve({ credentials: CREDENTIALS, tls });
    const file = join(folder, "token");
    writeFileSync(file, `${CREDENTIALS.password}\n`);
    const source = await open({ url, token: { file }, ca_file: tls ? server.caFile : null });
    const id = repository.push({ "a.yaml": "1" });
    expect((await source.fetch()).id).toBe(id);
    expect((await source.read(id)).files).toMatchObject([{ path: "a.yaml", text: "1" }]);
  });
});
