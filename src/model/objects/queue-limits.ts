/** The value of a limit by its form, as poolkeeper has it. */
interface FormValues {
  /** A number; 0 may mean unlimited. */
  readonly count: number;
  /** One of some words, or `unknown(N)` for an enum value unknown to us. */
  readonly word: string;
  /** Resource name to Kubernetes quantity; a name left out is unlimited. */
  readonly quantities: Readonly<Record<string, string>>;
  /** Accelerator selector to count above zero. */
  readonly devices: Readonly<Record<string, number>>;
}

/** The same as a manifest may write it: words in upper case too, quantities as numbers too. */
interface WrittenForms extends Omit<FormValues, "quantities"> {
  readonly quantities: Readonly<Record<string, string | number>>;
}

type Form = keyof FormValues;
type Definition = {
  readonly [F in Form]: {
    readonly form: F;
    /** What a queue has where nothing says otherwise. */
    readonly default: FormValues[F];
    /** The capability without which a control plane does not know the limit; null: each knows it. */
    readonly needs: "fairness" | "queue_capacity" | null;
    /** Every manifest of a queue names it. */
    readonly isRequired: boolean;
  };
}[Form];

/** How much a queue takes, in the order in which it is shown. What checks, compares, drafts and builds limits follows from this table. */
export const QUEUE_LIMITS = {
  run_concurrency: { form: "count", default: 0, needs: null, isRequired: true },
  action_concurrency: { form: "count", default: 0, needs: null, isRequired: true },
  depth: { form: "count", default: 10_000, needs: null, isRequired: false },
  /** One of PRIORITIES. */
  priority: { form: "word", default: "medium", needs: null, isRequired: false },
  /** One of FAIRNESS; 2026-11 knows only `round_robin`. */
  fairness: { form: "word", default: "round_robin", needs: "fairness", isRequired: false },
  /** One of SCHEDULING, or `unspecified`: what the server leaves in the queues it makes itself. */
  scheduling: { form: "word", default: "strict_fifo", needs: "queue_capacity", isRequired: false },
  max_resources: { form: "quantities", default: {}, needs: "queue_capacity", isRequired: false },
  max_accelerators: { form: "devices", default: {}, needs: "queue_capacity", isRequired: false },
} as const satisfies Readonly<Record<string, Definition>>;

type Table = typeof QUEUE_LIMITS;
/** The name of a limit, in manifests and plans. */
export type Limit = keyof Table;
/** The limits with a property of the table. */
type LimitsWith<Property> = { [L in Limit]: Table[L] extends Property ? L : never }[Limit];
/** The limits that every generation knows. */
export type CommonLimit = LimitsWith<{ needs: null }>;
/** The limits that only a control plane with `queue_capacity` knows. */
export type CapacityLimit = LimitsWith<{ needs: "queue_capacity" }>;
/** The limits that are maps. */
export type LimitMap = LimitsWith<{ form: "quantities" | "devices" }>;
/** The limits that every manifest of a queue names. */
export type RequiredLimit = LimitsWith<{ isRequired: true }>;

/** How much a queue takes. */
export type QueueLimits = { readonly [L in Limit]: FormValues[Table[L]["form"]] };
/** Limits as a manifest may write them: null counts as left out. */
export type WrittenLimits = {
  readonly [L in Limit]?: WrittenForms[Table[L]["form"]] | (L extends RequiredLimit ? never : null);
};

export const LIMITS = Object.keys(QUEUE_LIMITS) as readonly Limit[];
/** What a queue has of each limit where nothing says otherwise. */
export const LIMIT_DEFAULTS = listDefaults(LIMITS);
/** The same of the limits that a manifest may leave out. */
export const OPTIONAL_DEFAULTS = listDefaults(
  LIMITS.filter((limit): limit is Exclude<Limit, RequiredLimit> => !QUEUE_LIMITS[limit].isRequired),
);
/** The limits that only a control plane with `queue_capacity` knows. */
export const CAPACITY_LIMITS = LIMITS.filter(
  (limit): limit is CapacityLimit => QUEUE_LIMITS[limit].needs === "queue_capacity",
);
/** The limits that are maps. The control plane replaces each as a whole, so a write puts its entries onto a fresh read. */
export const LIMIT_MAPS = LIMITS.filter((limit): limit is LimitMap => isMapForm(QUEUE_LIMITS[limit].form));

function isMapForm(form: Form): boolean {
  return form === "quantities" || form === "devices";
}

function listDefaults<L extends Limit>(limits: readonly L[]) {
  return Object.fromEntries(limits.map((limit) => [limit, QUEUE_LIMITS[limit].default])) as {
    readonly [M in L]: Table[M]["default"];
  };
}
