/** The name that a file gives its object: `prod` for `pools/prod.yaml`. */
export function readFileName(path: string): string {
  return (path.split("/").at(-1) ?? "").replace(/\.ya?ml$/, "");
}
