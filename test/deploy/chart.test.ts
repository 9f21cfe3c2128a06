import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { runDeployTool } from "../set-up/deploy-tools.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { type Rendered, readValues, renderChart } from "./render-chart.ts";

/** Not Kubernetes' own: there is no schema to judge it by. */
const FOREIGN = ["servicemonitor.yaml", "NOTES.txt"];

async function validate({ files }: Rendered): Promise<string> {
  const folder = join(makeTemporaryFolder(), "rendered");
  mkdirSync(folder);
  const names = Object.keys(files).filter((name) => !FOREIGN.includes(name));
  for (const name of names) writeFileSync(join(folder, name), files[name] ?? "");
  const { stdout, stderr } = await runDeployTool("kubernetes-validate", [
    "--strict",
    "--quiet",
    ...names.map((name) => join(folder, name)),
  ]);
  return stdout + stderr;
}

function read(rendered: Rendered, name: string): ReturnType<typeof Object> {
  return Object(load(rendered.files[name] ?? ""));
}

describe("the Helm chart", () => {
  test.each(["sqlite", "postgres"] as const)(
    "renders what Kubernetes takes and Helm's linter has nothing against (%s)",
    async (name) => {
      const rendered = await renderChart(readValues(name));
      expect(rendered.lint).toEqual([]);
      expect(await validate(rendered)).toBe("");
    },
  );

  test("a manifest that Kubernetes would refuse is found", async () => {
    const rendered = await renderChart(readValues("sqlite"));
    const broken = (rendered.files["deployment.yaml"] ?? "").replace("replicas: 1", 'replicas: "one"');
    expect(await validate({ ...rendered, files: { "deployment.yaml": broken } })).toContain("replicas");
  });

  test("one daemon keeps its store on a volume that outlives the release, and is never two at once", async () => {
    const rendered = await renderChart(readValues("sqlite"));
    expect(read(rendered, "deployment.yaml").spec.strategy).toEqual({ type: "Recreate" });
    expect(read(rendered, "pvc.yaml").metadata.annotations["helm.sh/resource-policy"]).toBe("keep");
    const config = Object(load(read(rendered, "configmap.yaml").data["poolkeeper.yaml"]));
    expect(config.store).toEqual({ directory: "/var/lib/poolkeeper" });
    expect(config.http).toMatchObject({ listen: "0.0.0.0:8090", read: "token" });
  });

  test("the daemon answers to the names of its service and its ingress, and to those that are configured", async () => {
    const values = readValues("postgres");
    const config = { ...Object(values.config), http: { hosts: ["pools.internal"] } };
    const rendered = await renderChart({ ...values, config });
    const { http } = Object(load(read(rendered, "configmap.yaml").data["poolkeeper.yaml"]));
    expect(http.hosts).toEqual([
      ...[
        "poolkeeper",
        "poolkeeper.poolkeeper",
        "poolkeeper.poolkeeper.svc",
        "poolkeeper.poolkeeper.svc.cluster.local",
      ],
      ...["poolkeeper.example.com", "pools.internal"],
    ]);
  });

  test("several daemons share a database, and there is no volume", async () => {
    const rendered = await renderChart(readValues("postgres"));
    expect(read(rendered, "deployment.yaml").spec.replicas).toBe(2);
    expect(rendered.files).not.toHaveProperty("pvc.yaml");
    const config = Object(load(read(rendered, "configmap.yaml").data["poolkeeper.yaml"]));
    expect(config.store).toEqual({ database_url: { env: "POOLKEEPER_DATABASE_URL" } });
  });

  test.each([
    [
      "several daemons without a database",
      { replicas: 2 },
      /Set database\.enabled and database\.secret, or replicas=1/,
    ],
    ["a database without its Secret", { database: { enabled: true } }, /needs database\.secret/],
    ["nothing to look after", { config: {} }, /config\.targets is empty/],
    ["a store of one's own", { config: { targets: [{}], store: { directory: "/x" } } }, /chart's own/],
    ["an address of one's own", { config: { targets: [{}], http: { listen: ":1" } } }, /chart's own/],
    ["an ingress without a host", { ingress: { enabled: true } }, /needs ingress\.host/],
    [
      "a secret in the configuration, which would stand in the ConfigMap",
      { config: { targets: [{}], http: { tokens: [{ name: "ci", role: "read", secret: "mark-0123" }] } } },
      /config.*\bsecret.*object/,
    ],
    ["a value that is not there", { replica: 2 }, /additional properties 'replica' not allowed/],
  ])("%s is refused with what to do", async (_name, values, message) => {
    await expect(renderChart({ ...readValues("sqlite"), ...values })).rejects.toThrow(message);
  });

  test("a network policy that names no port opens none but those of DNS and of the database", async () => {
    const closed = { networkPolicy: { enabled: true, egressPorts: [] } };
    const egress = async (name: "sqlite" | "postgres") =>
      read(await renderChart({ ...readValues(name), ...closed }), "networkpolicy.yaml").spec.egress.map(
        ({ ports }: { readonly ports: readonly { readonly port: number }[] }) => ports.map(({ port }) => port),
      );
    expect(await egress("sqlite")).toEqual([[53, 53]]);
    expect(await egress("postgres")).toEqual([[53, 53], [5432]]);
  });

  test("names that look like numbers, or like nothing, stay texts", async () => {
    const sqlite = await renderChart({
      ...readValues("sqlite"),
      secretEnv: [{ name: "Y", secret: "123", key: "1e3" }],
      secretFiles: [{ name: "1", secret: "0x10" }],
      persistence: { storageClass: "1" },
      ...{
        priorityClassName: "2",
        ingress: { enabled: true, host: "pools.example.com", className: "3", tlsSecret: "4" },
      },
    });
    expect(await validate(sqlite)).toBe("");
    const postgres = { ...readValues("postgres"), database: { enabled: true, secret: "null", key: "~" } };
    expect(await validate(await renderChart(postgres))).toBe("");
  });

  test("the pod has no rights: not root, nothing to write to but its volumes, no capability, no token", async () => {
    const { spec } = read(await renderChart(readValues("sqlite")), "deployment.yaml").spec.template;
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(spec.terminationGracePeriodSeconds).toBe(90);
  });

  test("a secret's value is nowhere: Secrets are named, and another configuration is another pod", async () => {
    const values = readValues("sqlite");
    const one = await renderChart(values);
    expect(Object.keys(one.files)).not.toContain("secret.yaml");
    const config = { ...Object(values.config), retention: { keep: "30d" } };
    const other = await renderChart({ ...values, config });
    const checksum = (rendered: Rendered) =>
      read(rendered, "deployment.yaml").spec.template.metadata.annotations["checksum/config"];
    expect(checksum(other)).not.toBe(checksum(one));
  });
});
