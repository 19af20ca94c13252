import { expect, test } from "vitest";
import type { Finding } from "../api/types";
import { findingMarks, pieces, place, utf16 } from "./ranges";
import { occurrences, seconds } from "./tree";
import { resultUnit } from "./unit";

const finding = (start: number, end: number): Finding => ({ check: "c", severity: "error", summary: "", detail: "", start, end });
const placed = (query: string, start: number, end: number) => {
  const at = place(finding(start, end), query);
  return at && query.slice(at.from, at.to);
};

test("offsets count characters, not UTF-16 units", () => {
  expect([0, 1, 2, 9].map(utf16("😀ab"))).toEqual([0, 2, 3, 4]);
  expect(placed('up{a="😀"} + down', 12, 16)).toBe("down");
});

test("a finding is drawn at its place, and always somewhere", () => {
  expect(placed("rate(up)", 5, 7)).toBe("up");
  expect(placed("sum(", 4, 4)).toBe("(");
  expect(placed("sum(", 4, 5)).toBe("(");
  expect(placed("up", 0, 99)).toBe("up");
  expect(placed("up", 1, 0)).toBe("p");
  expect(placed("up", -5, 1)).toBe("u");
  expect(placed("up", 0, 0)).toBeNull();
  expect(placed("", 0, 1)).toBeNull();
});

test("the pieces join to the query and carry its marks", () => {
  const query = 'sum by (a) (rate(x{b="<i>"}[5m]))';
  const marks = findingMarks([finding(12, 19)], query, null);
  const cut = pieces(query, marks);
  expect(cut.map(({ text }) => text).join("")).toBe(query);
  expect(cut.filter(({ className }) => className.includes("mark error")).map(({ text }) => text).join("")).toBe("rate(x{");
  expect(cut.find(({ text }) => text === "rate")?.className).toContain("t-function");
  expect(pieces("", [])).toEqual([]);
});

test.each([
  ["topk(5, sum by (service) (rate(a[5m])) / sum(b))", "sum by (service) (rate(a[5m]))", ["sum by (service) (rate(a[5m]))"]],
  ["sum(rate(a[60m])) by (x)", "sum by (x) (rate(a[1h]))", ["sum(rate(a[60m])) by (x)"]],
  ["100*(1-avg(rate(c{mode='idle'}[5m])))", '100 * (1 - avg(rate(c{mode="idle"}[5m])))', ["100*(1-avg(rate(c{mode='idle'}[5m])))"]],
  ["a / (a + b)", "a", ["a", "a"]],
  ["a / (a + b)", "a + b", ["a + b"]],
  ["a offset 5m", "a offset 5m", ["a offset 5m"]],
  ["a / b", "c", []],
  ["a", "b", []],
])("in %s the step %s is found", (query, step, found) => {
  expect(occurrences(query, step).map(({ from, to }) => query.slice(from, to))).toEqual(found);
});

test("durations are read", () => {
  expect(["5m", "1h30m", "100ms", "2", "0.5"].map(seconds)).toEqual([300, 5400, 0.1, 2, 0.5]);
});

test.each([
  ["node_memory_MemAvailable_bytes", "B", 1],
  ["node_memory_MemAvailable_bytes / 1024 ^ 3", "B", 1024 ** 3],
  ["node_memory_MemAvailable_bytes / 1024 / 1024", "B", 1048576],
  ["rate(node_network_receive_bytes_total[5m])", "B/s", 1],
  ["rate(node_network_receive_bytes_total[5m]) * 8", "bit/s", 1],
  ['100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))', "percent", 1],
  ["100 * a_bytes / b_bytes", "percent", 1],
  ["sum(rate(errors_total[5m])) / sum(rate(requests_total[5m])) * 100", "percent", 1],
  ["sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))", "", 1],
  ["sum(rate(requests_total[5m]))", "/s", 1],
  ["rate(x_seconds_sum[5m]) / rate(x_seconds_count[5m])", "s", 1],
  ["1000 * x_seconds", "s", 0.001],
  ["histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))", "s", 1],
  ["time() - process_start_time_seconds", "s", 1],
  ["(time() - process_start_time_seconds) / 3600", "s", 3600],
  ["count(node_memory_MemAvailable_bytes)", "", 1],
  ["increase(requests_total[1h])", "", 1],
  ["topk(5, x_bytes > 100)", "B", 1],
  ["x_bytes + y_seconds", "", 1],
  ["x_bytes > bool 5", "", 1],
  ["sensor_celsius", "°C", 1],
  ["up", "", 1],
  ["sum(", "", 1],
])("the unit of %s is %s", (query, unit, scale) => {
  const found = resultUnit(query, []);
  expect(found.unit).toBe(unit);
  expect(found.scale).toBeCloseTo(scale, 9);
});

test("the unit that the backend gives goes before the name", () => {
  expect(resultUnit("size", [{ name: "size", type: "gauge", unit: "bytes", help: "" }]).unit).toBe("B");
});
