import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveSsh } from "../../set-up/serve-ssh.ts";
import { openSourceWorld } from "./source-world.ts";

async function openSshWorld() {
  const world = openSourceWorld();
  const server = await serveSsh(world.folder);
  onTestFinished(() => server.close());
  const url = `${server.url}${world.repository.folder}`;
  return { ...world, server, url };
}

describe("a repository over ssh", () => {
  test("is fetched with the key that is named, from the host that is known", async () => {
    const { repository, open, server, url } = await openSshWorld();
    const id = repository.push({ "a.yaml": "1" });
    const source = await open({ url, ssh_key: server.key, known_hosts: server.knownHosts });
    expect((await source.fetch()).id).toBe(id);
    expect((await source.read(id)).files).toMatchObject([{ path: "a.yaml", text: "1" }]);
    expect(server.commands).toEqual([expect.stringMatching(/^git-upload-pack '/)]);
  });

  test("is refused when the host has another key, before anything is asked of it", async () => {
    const { repository, open, server, url } = await openSshWorld();
    repository.push({ "a.yaml": "1" });
    const source = await open({ url, ssh_key: server.key, known_hosts: server.otherHosts });
    await expect(source.fetch()).rejects.toMatchObject({
      code: "source_refused",
      message: expect.stringContaining("Host key verification failed"),
    });
    expect(server.commands).toEqual([]);
  });

  test("is refused when the host is not known at all", async () => {
    const { repository, open, server, url, folder } = await openSshWorld();
    repository.push({ "a.yaml": "1" });
    const source = await open({ url, ssh_key: server.key, known_hosts: join(folder, "none") });
    await expect(source.fetch()).rejects.toMatchObject({ code: "source_refused" });
    expect(server.commands).toEqual([]);
  });

  test("is refused for a key that may not read", async () => {
    const { repository, open, server, url } = await openSshWorld();
    repository.push({ "a.yaml": "1" });
    const source = await open({ url, ssh_key: server.strangersKey, known_hosts: server.knownHosts });
    await expect(source.fetch()).rejects.toMatchObject({
      code: "source_refused",
      message: expect.stringContaining("Permission denied"),
    });
  });

  test("without known hosts is not even opened", async () => {
    const { open, server, url } = await openSshWorld();
    await expect(open({ url, ssh_key: server.key })).rejects.toMatchObject({
      code: "source_refused",
      message: expect.stringContaining("known_hosts"),
    });
  });
});
