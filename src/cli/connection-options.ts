/** The connection flags that every command with a control plane takes. */
export interface ConnectionOptions {
  readonly endpoint?: string | undefined;
  readonly org?: string | undefined;
  readonly token?: string | undefined;
  readonly caFile?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}
