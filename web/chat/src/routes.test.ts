import { expect, test } from "vitest";
import { addressOf, readRoute, type Route } from "./routes";
import { grafanaLink, prometheusLink } from "./answer/links";

test.each<Route>([{ name: "new" }, { name: "review" }, { name: "conversation", id: "a/b c" }, { name: "shared", token: "t-1" }])("an address leads back: %o", (route) => {
  expect(readRoute(addressOf(route))).toEqual(route);
});

test.each(["", "#", "#/c/", "#/shared", "#/nonsense", "#/c/%E0%A4%A", "#question"])("%s is the front page", (hash) => {
  expect(readRoute(hash)).toEqual({ name: "new" });
});

test("links elsewhere carry the query and the range, and are of the web", () => {
  const range = { kind: "last" as const, seconds: 3600 };
  const link = new URL(prometheusLink("http://prom:9090/base/", 'up{a="b&c"}', range) ?? "");
  expect([link.pathname, link.searchParams.get("g0.expr"), link.searchParams.get("g0.range_input")]).toEqual(["/base/graph", 'up{a="b&c"}', "1h"]);
  const panes: unknown = JSON.parse(new URL(grafanaLink("https://grafana", "up", range) ?? "").searchParams.get("panes") ?? "");
  expect(panes).toMatchObject({ a: { queries: [{ expr: "up" }], range: { from: "now-1h", to: "now" } } });
  for (const url of [null, undefined, "", "javascript:alert(1)", "nonsense"]) expect(prometheusLink(url, "up", range)).toBeNull();
});
