/** Who asks, and the token where the service wants one. */

import { createStore } from "../store";
import { read, write } from "../storage";

const ID = /^[\w.@-]{1,64}$/;

/** A random id, made once: it keeps people's histories apart and proves nothing. */
export function userId(): string {
  const known = read("local", "user");
  if (known && ID.test(known)) return known;
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const id = `u-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  write("local", "user", id);
  return id;
}

export function authorization(): Record<string, string> {
  const token = read("session", "token");
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Whether the page asks for the token now, and whether the one it had was refused. */
export const tokenRequest = createStore<{ open: boolean; refused: boolean }>({ open: false, refused: false });

let waiting: ((given: boolean) => void)[] = [];

/** Asks for the token; every request that needs it waits for the one reply. */
export function askForToken(): Promise<boolean> {
  tokenRequest.set({ open: true, refused: read("session", "token") !== null });
  return new Promise((resolve) => waiting.push(resolve));
}

/** `token` null: no token was given. */
export function giveToken(token: string | null): void {
  if (token !== null) write("session", "token", token);
  tokenRequest.set({ open: false, refused: false });
  const requests = waiting;
  waiting = [];
  for (const resolve of requests) resolve(token !== null);
}
