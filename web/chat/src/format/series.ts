/** Names of series. */

export type Labels = Record<string, string>;

/** {job: "api", instance: "a:1"} → {instance="a:1", job="api"}, as Prometheus writes it. */
export function seriesName(metric: Labels): string {
  const { __name__: name = "", ...labels } = metric;
  const text = Object.keys(labels).sort().map((label) => `${label}=${JSON.stringify(labels[label])}`).join(", ");
  return text ? `${name}{${text}}` : name || "{}";
}

/** Labels that tell the series apart, then those that all of them share. */
export function splitLabels(all: Labels[]): { own: string[]; shared: Labels } {
  const names = [...new Set(all.flatMap((metric) => Object.keys(metric)))].sort();
  const first = all[0] ?? {};
  const same = (name: string) => all.length > 1 && all.every((metric) => metric[name] === first[name]);
  return {
    own: names.filter((name) => !same(name)),
    shared: Object.fromEntries(names.filter(same).map((name) => [name, first[name] ?? ""])),
  };
}

/** A short name: the values of the labels that tell it apart. */
export function shortName(metric: Labels, own: string[]): string {
  const values = own.filter((name) => metric[name] !== undefined).map((name) => metric[name]);
  return values.join(" · ") || metric.__name__ || "";
}
