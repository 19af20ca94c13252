import { expect, test } from "vitest";
import { columns, MAX_LINES, tabled } from "./rows";
import { autoStep, MAX_STEPS, PRESETS, resolve, stepsFit } from "./window";

const line = (name: string, points: [number, string][]) => ({ name, short: name, points });

test("a gap in the data stays a gap, and what is no number is none", () => {
  const made = columns([line("a", [[0, "1"], [30, "NaN"], [60, "3"], [999, "9"]]), line("b", [[15, "+Inf"]])], 0, 60, 15, 2);
  expect(made).toEqual([[0, 15, 30, 45, 60], [2, null, null, null, 6], [null, null, null, null, null]]);
});

test("rows and lines share their order and their colours", () => {
  const vector = { resultType: "vector" as const, result: [{ metric: { a: "2" }, value: [0, "5"] as [number, string] }, { metric: { a: "1" }, value: [0, "4"] as [number, string] }] };
  const made = tabled(vector, [{ metric: { a: "1" }, values: [] }, { metric: { a: "3" }, values: [] }, { metric: { a: "2" }, values: [] }]);
  expect(made.lines.map(({ short }) => short)).toEqual(["2", "1", "3"]);
  expect(made.rows.map((row) => row.line)).toEqual([0, 1]);
  expect(made.total).toBe(3);
});

test("no more lines than colours", () => {
  const many = Array.from({ length: 40 }, (_, n) => ({ metric: { n: String(n) }, value: [0, "1"] as [number, string], values: [] }));
  const made = tabled({ resultType: "vector", result: many }, many);
  expect(made.lines).toHaveLength(MAX_LINES);
  expect(made.rows.filter((row) => row.line >= 0)).toHaveLength(MAX_LINES);
});

test("a scalar and a string are one row", () => {
  expect(tabled({ resultType: "scalar", result: [0, "3"] }, null).rows).toMatchObject([{ raw: "3", value: 3, metric: {} }]);
  expect(tabled({ resultType: "string", result: [0, "hi"] }, null).rows).toMatchObject([{ raw: "hi", value: NaN }]);
});

test("a range vector shows its newest sample", () => {
  const rows = tabled({ resultType: "matrix", result: [{ metric: {}, values: [[0, "1"], [15, "2"]] }] }, null).rows;
  expect(rows).toMatchObject([{ value: 2, samples: 2 }]);
});

test.each(PRESETS)("the step of %s seconds is drawable", (seconds) => {
  expect(seconds / autoStep(seconds)).toBeLessThanOrEqual(240);
  expect(stepsFit({ range: { kind: "last", seconds }, step: null })).toBe(true);
});

test("a long range has a step that fits", () => {
  const seconds = 400 * 86400;
  expect(seconds / autoStep(seconds)).toBeLessThan(MAX_STEPS);
  expect(stepsFit({ range: { kind: "last", seconds: 7 * 86400 }, step: 15 })).toBe(false);
});

test("a range that ends now ends on a whole step", () => {
  expect(resolve({ range: { kind: "last", seconds: 3600 }, step: 60 }, 7299)).toEqual({ start: 3660, end: 7260, step: 60 });
  expect(resolve({ range: { kind: "fixed", start: 5, end: 65 }, step: 15 }, 9999)).toEqual({ start: 5, end: 65, step: 15 });
});
