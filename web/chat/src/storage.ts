/** The browser's storage, which may be switched off: then nothing is kept. */

const kept = new Map<string, string>();

function storage(kind: "local" | "session"): Storage {
  return kind === "local" ? localStorage : sessionStorage;
}

export function read(kind: "local" | "session", key: string): string | null {
  try {
    return storage(kind).getItem(key);
  } catch {
    return kept.get(key) ?? null;
  }
}

export function write(kind: "local" | "session", key: string, value: string): void {
  try {
    storage(kind).setItem(key, value);
  } catch {
    kept.set(key, value);
  }
}
