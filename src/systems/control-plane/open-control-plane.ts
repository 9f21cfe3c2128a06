import type { Fence } from "../../model/fence.ts";
import type { Credential } from "../http/list-credential-forms.ts";
import { limitReads } from "../http/read-budget.ts";
import { shareBudget } from "../http/read-pages.ts";
import { createCredentialRedactor } from "../http/redact-credentials.ts";
import { untilAborted } from "../http/until-aborted.ts";
import { authenticateConnection } from "./authenticate-connection.ts";
import { type CallSettings, createCaller } from "./call-control-plane.ts";
import type { Connection } from "./connection.ts";
import { createReader, type ReaderOptions } from "./create-reader.ts";
import { createTransport } from "./create-transport.ts";
import { createWriter } from "./create-writer.ts";
import { detectGeneration } from "./detect-generation.ts";
import type { ControlPlaneReader, SettingsReader } from "./reader.ts";
import { rememberAnswer } from "./remember-answer.ts";
import type { ControlPlaneWriter, SettingsWriter } from "./writer.ts";

/** One organization of one control plane, ready to be read and written. */
export interface ControlPlane {
  readonly reader: ControlPlaneReader & SettingsReader;
  /** A writer that sends nothing, reads for a write included, that the fence does not let pass. */
  writerUnder(fence: Fence): ControlPlaneWriter & SettingsWriter;
  /**
   * The same reader, whose reads end immediately when the signal is aborted (`ended_early`), and whose lists share one budget. It asks for the
   * generation again: a control plane may be upgraded in place, or taken back, while it is managed. All others go by the newest answer.
   */
  readerUntil(signal: AbortSignal): ControlPlaneReader & SettingsReader;
  /** Frees the connections; calls that still run are cut. To be called once, at the end. */
  close(): Promise<void>;
}

/** What is set in tests only; time-outs and `redact` come from the connection. */
export type OpenOptions = Omit<ReaderOptions, "timeoutMs" | "writeTimeoutMs" | "redact">;

/**
 * Opens a control plane: transport, authentication, reader and writer. Nothing is sent before the first call. Throws an
 * OperationalError when the connection's files cannot be read.
 */
export function openControlPlane(connection: Connection, options: OpenOptions = {}): ControlPlane {
  const { now = Date.now } = options;
  let secrets: () => readonly Credential[] = () => [];
  const { transport, under, close } = createTransport(connection, (bare) => {
    const authentication = authenticateConnection(connection, bare, now);
    secrets = authentication.secrets;
    return authentication.interceptors;
  });
  const { endpoint, org, generation, timeoutMs, writeTimeoutMs } = connection;
  const redact = createCredentialRedactor(() => secrets());
  const settings: CallSettings = { ...options, timeoutMs, writeTimeoutMs, redact };
  const limits = limitReads(connection.maxObjects);
  const caller = createCaller(endpoint, settings);
  const ask = async () => generation ?? (await detectGeneration({ transport, caller, org }, endpoint));
  const askOnce = () => rememberAnswer(options.detectGeneration ?? ask);
  let newest = askOnce();
  const ofNewest = { ...options, ...settings, detectGeneration: () => newest() };
  const reader = createReader(transport, { endpoint, org }, { ...ofNewest, reading: { limits } });
  const writerUnder = (fence: Fence) => createWriter(under(fence), { endpoint, org }, ofNewest);
  const readerUntil = (signal: AbortSignal) => {
    const own = askOnce();
    newest = own;
    // One request is shared by all callers: it continues though one of them gives up.
    const detect = () => untilAborted(own, signal);
    return createReader(
      transport,
      { endpoint, org },
      { ...options, ...settings, signal, reading: shareBudget(limits), detectGeneration: detect },
    );
  };
  return { reader, writerUnder, readerUntil, close };
}
