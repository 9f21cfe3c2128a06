/** The file at the root of a folder of manifests that says what the folder is for. */
export const TARGET_FILE = "poolkeeper.target.yaml";
