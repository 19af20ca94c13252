/** The page's own addresses, behind the #: they need nothing of the service. */

import { useSyncExternalStore } from "react";

export type Route =
  | { name: "new" }
  | { name: "conversation"; id: string }
  | { name: "shared"; token: string }
  | { name: "review" };

export function readRoute(hash: string): Route {
  const [, name, value] = hash.replace(/^#/, "").split("/");
  try {
    if (name === "c" && value) return { name: "conversation", id: decodeURIComponent(value) };
    if (name === "shared" && value) return { name: "shared", token: decodeURIComponent(value) };
  } catch { /* not an address of ours */ }
  return name === "review" ? { name } : { name: "new" };
}

export function addressOf(route: Route): string {
  switch (route.name) {
    case "conversation":
      return `#/c/${encodeURIComponent(route.id)}`;
    case "shared":
      return `#/shared/${encodeURIComponent(route.token)}`;
    case "review":
      return "#/review";
    case "new":
      return "#/";
  }
}

export function go(route: Route, how: "push" | "replace" = "push"): void {
  history[how === "push" ? "pushState" : "replaceState"](null, "", addressOf(route));
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  addEventListener("popstate", listener);
  return () => {
    removeEventListener("hashchange", listener);
    removeEventListener("popstate", listener);
  };
}

export const useHash = () => useSyncExternalStore(subscribe, () => location.hash);
