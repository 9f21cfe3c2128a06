/** The paths of the files that a FlyteClusters object was applied with, by what is on record of it; of any other object there are none. */
export function listAppliedFiles(applied: object | null): readonly string[] {
  const files: unknown = applied !== null && "files" in applied ? applied.files : {};
  return Object.keys(files ?? {});
}
