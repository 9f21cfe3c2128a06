/** The system of a target that keeps the objects of a kind. */
export type KindSystem = "union" | "settings" | "flyteadmin" | "delivery";

/** What is the same for every kind of object: how it is called, where it is kept, and what its manifests look like. */
interface KindDefinition {
  /** What `kind:` says in a manifest. */
  readonly title: string;
  /** The folder that names the kind of the documents in it, where they name none themselves. */
  readonly folder: string;
  /** The JSON Schema (2020-12) of its manifests, as published in `schemas/`. */
  readonly schema: object;
  /** The fields that a name is derived from, most significant first; none: the name of the file is its name. */
  readonly namePaths: readonly (readonly string[])[];
  /** The field at which an object that is declared twice is shown. */
  readonly shownAt: string;
  /** Where its objects are kept; null: in no system as objects of their own. */
  readonly system: KindSystem | null;
  /** Whether credentials are masked in its values. Those of settings and files are sealed instead. */
  readonly isMasked: boolean;
  /** What one is called where a folder is counted. */
  readonly noun: string;
  /** What stands before an object's name in the words of a step. */
  readonly inSteps: string;
  /** What it is for, in a line. */
  readonly purpose: string;
  /** A manifest. The examples of all kinds are one valid folder without a warning. */
  readonly example: string;
}

/** A kind whose objects have a name of their own in the Union control plane, where it may differ from the manifest's. */
export interface NamedDefinition extends KindDefinition {
  readonly family: "named";
}

/** Settings of a scope of the organization. */
export interface SettingsDefinition extends KindDefinition {
  readonly family: "settings";
}

/** Clusters by their pools, as the operator of a self-managed control plane gets them. */
export interface PoolMapDefinition extends KindDefinition {
  readonly family: "pool_map";
}

/** What is delivered as files. */
export interface FilesDefinition extends KindDefinition {
  readonly family: "files";
}

/**
 * What flyteadmin keeps as a row for a project, a domain of it, or a workflow there: one text. All that differs between two of these kinds is
 * said here: reading, planning, writing, importing and showing a row are the same.
 */
export interface RowDefinition<Field extends string = string> extends KindDefinition {
  readonly family: "row";
  /** The field of a manifest, and of what is planned, that has the text. */
  readonly field: Field;
  /** Where the wire has it: the resource type, the member of the matching attributes, and the path of the text in that. */
  readonly wire: { readonly type: string; readonly member: string; readonly path: readonly string[] };
  /** What the text names, and so what has to be there first: a pool, a label of clusters, or nothing that is managed here. */
  readonly refersTo: "pool" | "label" | null;
  /** What the text is called in sentences. */
  readonly valueNoun: string;
  /** The heading of its table in `status`, and of the column with the text. */
  readonly heading: string;
  readonly column: string;
}

/** Any kind. The family decides what a reader, the planner and a writer do with it. */
export type AnyDefinition = NamedDefinition | SettingsDefinition | PoolMapDefinition | FilesDefinition | RowDefinition;
