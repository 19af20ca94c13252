/** What a person chose for this page, kept in the browser. */

import type { Lang } from "./api/types";
import { read, write } from "./storage";
import { createStore, useStore } from "./store";

export type Theme = "system" | "light" | "dark";

export interface Preferences {
  language: Lang;
  theme: Theme;
  /** Shortcuts of a single key can be switched off: they get in the way of speech input. */
  singleKeys: boolean;
}

function stored(): Preferences {
  const language = read("local", "lang");
  const theme = read("local", "theme");
  return {
    language: language === "en" || language === "zh" ? language : navigator.language.startsWith("zh") ? "zh" : "en",
    theme: theme === "light" || theme === "dark" ? theme : "system",
    singleKeys: read("local", "singleKeys") !== "off",
  };
}

const store = createStore<Preferences>(stored());

export function prefer(patch: Partial<Preferences>): void {
  const next = { ...store.get(), ...patch };
  write("local", "lang", next.language);
  write("local", "theme", next.theme);
  write("local", "singleKeys", next.singleKeys ? "on" : "off");
  store.set(next);
  apply();
}

export function apply(): void {
  const { language, theme } = store.get();
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export const usePreferences = () => useStore(store);
export const preferences = () => store.get();
