import { expect, test } from "vitest";
import { seriesName, shortName, splitLabels } from "./series";
import { age, span } from "./time";

test("a series is named as Prometheus writes it", () => {
  expect(seriesName({ __name__: "up", job: "api", instance: 'a"1' })).toBe('up{instance="a\\"1", job="api"}');
  expect(seriesName({ __name__: "up" })).toBe("up");
  expect(seriesName({})).toBe("{}");
});

test("labels that all series share are told once", () => {
  const all = [{ job: "api", instance: "a" }, { job: "api", instance: "b", zone: "1" }];
  expect(splitLabels(all)).toEqual({ own: ["instance", "zone"], shared: { job: "api" } });
  expect(all.map((metric) => shortName(metric, ["instance", "zone"]))).toEqual(["a", "b · 1"]);
  expect(splitLabels([{ job: "api" }])).toEqual({ own: ["job"], shared: {} });
  expect(splitLabels([])).toEqual({ own: [], shared: {} });
});

test.each([[90, "1m30s"], [3600, "1h"], [604800, "7d"], [0, "0s"]])("%s seconds are %s", (seconds, text) => {
  expect(span(seconds)).toBe(text);
});

test("age goes by the calendar's days", () => {
  const now = new Date(2030, 4, 10, 1, 0);
  expect(age(new Date(2030, 4, 10, 0, 30), now)).toBe("today");
  expect(age(new Date(2030, 4, 9, 23, 59), now)).toBe("yesterday");
  expect(age(new Date(2030, 4, 5), now)).toBe("week");
  expect(age(new Date(2030, 3, 1), now)).toBe("older");
});
