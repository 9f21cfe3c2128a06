export function acquireLock(file: string, options?: { onWait?: (holder: string) => void }): Promise<() => void>;
