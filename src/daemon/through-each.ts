/** What is done by asking, each by its name. */
type Asks = Readonly<Record<string, (...given: never[]) => Promise<unknown>>>;
/** What each of them passes through on its way. */
type Through = <Result>(ask: () => Promise<Result>) => Promise<Result>;

/** The same functions; each call passes through another one, which decides whether and how long it is waited for. */
export function throughEach<All extends object>(all: All & Asks, through: Through): All {
  const wrapped = Object.entries<Asks[string]>(all).map(([name, ask]) => [
    name,
    (...given: never[]) => through(() => ask(...given)),
  ]);
  return Object.fromEntries(wrapped) as All;
}
