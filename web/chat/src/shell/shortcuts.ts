/** The keys of the page. Those of a single character can be switched off. */

import { useEffect, useRef } from "react";
import { preferences } from "../preferences";

export interface Shortcuts {
  focus: () => void;
  ask: () => void;
  search: () => void;
  copy: () => void;
  edit: () => void;
  theme: () => void;
  help: () => void;
  /** Whether there was something to stop or close. */
  escape: () => boolean;
}

const SINGLE: Record<string, Exclude<keyof Shortcuts, "escape">> = {
  "/": "focus", n: "ask", c: "copy", e: "edit", t: "theme", "?": "help",
};

export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
      if (event.key === "Escape") {
        if (latest.current.escape()) event.preventDefault();
        return;
      }
      const command = event.ctrlKey || event.metaKey;
      if (command && event.key.toLowerCase() === "k") {
        event.preventDefault();
        latest.current.search();
        return;
      }
      const name = SINGLE[event.key];
      if (!name || command || event.altKey || typing(event) || !preferences().singleKeys) return;
      event.preventDefault();
      latest.current[name]();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

/** The editor lives in a shadow root: the path of the event, not its target, tells where it comes from. */
function typing(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}
