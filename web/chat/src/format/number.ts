/** Numbers for people, with their unit. NaN and the infinities stay as Prometheus writes them. */

export type Unit = "" | "s" | "B" | "B/s" | "bit/s" | "percent" | "/s" | "°C" | "V" | "W" | "J" | "A" | "m" | "Hz";

const SHORT = ["", " k", " M", " G", " T", " P"];
const BYTES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const DURATIONS: [size: number, name: string][] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];

export function parseNumber(raw: string): number {
  return raw === "+Inf" ? Infinity : raw === "-Inf" ? -Infinity : Number(raw);
}

export function formatNumber(value: number, unit: Unit = "", digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  switch (unit) {
    case "s":
      return duration(value, digits);
    case "B":
      return bytes(value, digits);
    case "B/s":
      return `${bytes(value, digits)}/s`;
    case "percent":
      return `${short(value, digits)} %`;
    case "":
      return short(value, digits);
    default:
      return `${short(value, digits)} ${unit}`;
  }
}

function round(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

/** 1234567 → 1.235 M, 0.25 → 0.25 */
function short(value: number, digits: number): string {
  const size = Math.abs(Number(value.toPrecision(digits)));
  if (size !== 0 && (size < 1e-3 || size >= 1e18)) return value.toExponential(2);
  const power = size < 1e4 ? 0 : Math.min(SHORT.length - 1, Math.floor(Math.log10(size) / 3));
  return round(value / 1000 ** power, digits) + (SHORT[power] ?? "");
}

function bytes(value: number, digits: number): string {
  const size = Math.abs(value);
  const power = size < 1024 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log2(size) / 10));
  return `${round(value / 1024 ** power, digits)} ${BYTES[power]}`;
}

function duration(value: number, digits: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size >= 1e9) return `${short(value, 10)} s`; // a moment since 1970, not a span
  const [unit, name] = DURATIONS.find(([least]) => size >= least * 0.99995) ?? [1e-9, "ns"];
  return `${round(value / unit, digits)} ${name}`;
}
