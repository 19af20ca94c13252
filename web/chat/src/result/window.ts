/** The time range that is looked at, and its step. */

export type TimeRange = { kind: "last"; seconds: number } | { kind: "fixed"; start: number; end: number };

export interface TimeWindow {
  range: TimeRange;
  /** Seconds; null takes one that fits. */
  step: number | null;
}

export const PRESETS = [900, 3600, 6 * 3600, 86400, 7 * 86400];
export const STEPS = [15, 30, 60, 300, 900, 3600, 6 * 3600];
export const LAST_HOUR: TimeWindow = { range: { kind: "last", seconds: 3600 }, step: null };
/** The service draws no more steps than this. */
export const MAX_STEPS = 11_000;

const POINTS = 240;
const NICE = [1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];

export function spanOf(range: TimeRange): number {
  return range.kind === "last" ? range.seconds : range.end - range.start;
}

export function autoStep(span: number): number {
  return NICE.find((step) => step >= 15 && span / step <= POINTS) ?? 86400 * Math.ceil(span / POINTS / 86400);
}

export interface Resolved {
  start: number;
  end: number;
  step: number;
}

/** In unix seconds. A range that ends now ends on a whole step, so that its points stay where they are. */
export function resolve({ range, step: chosen }: TimeWindow, now: number): Resolved {
  const step = chosen ?? autoStep(spanOf(range));
  if (range.kind === "fixed") return { start: range.start, end: range.end, step };
  const end = Math.floor(now / step) * step;
  return { start: end - range.seconds, end, step };
}

export function stepsFit(window: TimeWindow): boolean {
  const { start, end, step } = resolve(window, 0);
  return (end - start) / step <= MAX_STEPS;
}
