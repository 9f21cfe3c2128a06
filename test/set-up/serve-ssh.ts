import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";

/** A server that speaks git over ssh, read only. */
export interface SshServer {
  /** `ssh://git@127.0.0.1:PORT`; the absolute path of a repository follows. */
  readonly url: string;
  /** Files as the configuration names them: the private key that may read, one that may not, and the server's key. */
  readonly key: string;
  readonly strangersKey: string;
  readonly knownHosts: string;
  /** Known hosts that name another key for this server. */
  readonly otherHosts: string;
  /** What was run, in order. */
  readonly commands: readonly string[];
  close(): Promise<void>;
}

/** Serves the repositories below `folder` by `git-upload-pack` on loopback, to one key. Writes keys and known hosts into `folder`. */
export async function serveSsh(folder: string): Promise<SshServer> {
  const [host, otherHost, client, stranger] = [makeKeys(), makeKeys(), makeKeys(), makeKeys()];
  const commands: string[] = [];
  const clients = new Set<ssh2.Connection>();
  const server = new ssh2.Server({ hostKeys: [host.private] }, (connection) => {
    clients.add(connection);
    connection.on("close", () => clients.delete(connection));
    connection.on("error", () => undefined);
    connection.on("authentication", (attempt) => {
      const isKnown = attempt.method === "publickey" && attempt.key.data.equals(client.blob);
      if (isKnown) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    connection.on("session", (accept) => {
      accept().on("exec", (acceptExec, rejectExec, { command }) => {
        commands.push(command);
        const [, path] = /^git-upload-pack '([^']+)'$/.exec(command) ?? [];
        if (path?.startsWith(`${folder}/`)) uploadPack(acceptExec(), path);
        else rejectExec();
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return {
    url: `ssh://git@127.0.0.1:${port}`,
    key: write("ssh key", client.private),
    strangersKey: write("strangers-key", stranger.private),
    knownHosts: write("known hosts", `[127.0.0.1]:${port} ${host.public}\n`),
    otherHosts: write("other-hosts", `[127.0.0.1]:${port} ${otherHost.public}\n`),
    commands,
    close: async () => {
      for (const connection of clients) connection.end();
      server.close();
    },
  };
}

function uploadPack(channel: ssh2.ServerChannel, path: string): void {
  const child = spawn("git", ["upload-pack", path], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => undefined);
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  channel.on("close", () => child.kill());
  child.on("close", (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
}

function makeKeys() {
  const pair = makePair();
  const [type = "", encoded = ""] = pair.public.split(" ");
  return { private: pair.private, public: `${type} ${encoded}`, blob: Buffer.from(encoded, "base64") };
}

/** The package drops a leading zero of a key now and then, and can't read what it made. */
function makePair() {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519", { comment: "test" });
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
