/** A result as rows of a table, and as the lines of a chart that share their colours with it. */

import type { QueryData, Sample, Series } from "../api/types";
import { parseNumber } from "../format/number";
import { seriesName, shortName, splitLabels, type Labels } from "../format/series";

/** Colours that can be told apart. */
export const MAX_LINES = 12;

export interface Row {
  name: string;
  metric: Labels;
  raw: string;
  value: number;
  /** Samples, where the result is a range vector. */
  samples: number;
  /** Index of its line and colour, -1 where none is drawn. */
  line: number;
}

export interface Line {
  name: string;
  short: string;
  points: Sample[];
}

export interface Tabled {
  rows: Row[];
  /** Labels that tell the rows apart: the columns. */
  own: string[];
  /** Labels that all rows have in common. */
  shared: Labels;
  lines: Line[];
  /** Series of the course, drawn or not. */
  total: number;
}

export function tabled(data: QueryData, course: Series[] | null): Tabled {
  const elements: Series[] = data.resultType === "vector" || data.resultType === "matrix" ? data.result : [{ metric: {}, value: data.result }];
  const { own, shared } = splitLabels(elements.map(({ metric }) => metric));
  const rows = elements.map(row);
  const lines = drawn(rows, course ?? []);
  const index = new Map(lines.map(({ metric }, line) => [seriesName(metric), line]));
  return {
    rows: rows.map((each) => ({ ...each, line: index.get(each.name) ?? -1 })),
    own,
    shared,
    lines: lines.map(({ metric, values }) => ({ name: seriesName(metric), short: shortName(metric, own), points: values ?? [] })),
    total: course?.length ?? 0,
  };
}

function row({ metric, value, values }: Series): Row {
  const [, raw] = value ?? values?.at(-1) ?? [0, ""];
  return { name: seriesName(metric), metric, raw, value: parseNumber(raw), samples: values?.length ?? 0, line: -1 };
}

/** The series to draw: those of the table in its order, then the others. */
function drawn(rows: Row[], course: Series[]): Series[] {
  const rank = new Map(rows.map(({ name }, index) => [name, index]));
  const place = ({ metric }: Series) => rank.get(seriesName(metric)) ?? Number.MAX_SAFE_INTEGER;
  return [...course].sort((a, b) => place(a) - place(b)).slice(0, MAX_LINES);
}

/** One column of times and one of values per line, with null where a line has no sample: what uPlot draws. */
export function columns(lines: Line[], start: number, end: number, step: number, scale: number): [number[], ...(number | null)[][]] {
  const count = Math.floor((end - start) / step) + 1;
  const times = Array.from({ length: Math.max(1, count) }, (_, index) => start + index * step);
  const values = lines.map(({ points }) => {
    const column: (number | null)[] = new Array<null>(times.length).fill(null);
    for (const [time, raw] of points) {
      const value = parseNumber(raw) * scale;
      const at = Math.round((time - start) / step);
      if (at >= 0 && at < column.length) column[at] = Number.isFinite(value) ? value : null;
    }
    return column;
  });
  return [times, ...values];
}
