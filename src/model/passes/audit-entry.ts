/** Who did what. */
export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly target: string | null;
  readonly who: string;
  readonly via: string;
  /** `approve`, `reject`, `pause`, `resume`, `reconcile`, `override`, `reload`, `apply`, `restore` and the like. */
  readonly action: string;
  /** Survives JSON; nothing secret. */
  readonly details: Readonly<Record<string, unknown>>;
}
