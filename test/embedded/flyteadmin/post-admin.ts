import type { ServedControlPlane } from "../../../src/embedded/serve-control-plane.ts";

/** Posts to the admin interface; a refusal fails the test. */
export async function postAdmin({ adminUrl }: ServedControlPlane, path: string, body: object): Promise<void> {
  const response = await fetch(`${adminUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
}
