/** What a screen reader is told; shown for a moment as well, where it answers something a person did. */

import { createStore } from "./store";

export const announcement = createStore("");
export const toast = createStore<{ text: string; bad: boolean } | null>(null);

let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  announcement.set(text);
}

export function notify(text: string, bad = false): void {
  announce(text);
  toast.set({ text, bad });
  clearTimeout(timer);
  timer = setTimeout(() => toast.set(null), bad ? 8000 : 3000);
}
