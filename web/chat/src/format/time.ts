/** Moments and spans. */

import type { Lang } from "../api/types";

const locale = (lang: Lang) => (lang === "zh" ? "zh-CN" : "en-GB");

/** 14:05 or 14:05:30, in the reader's time zone. */
export function clock(seconds: number, lang: Lang, precise = false): string {
  return new Date(seconds * 1000).toLocaleTimeString(locale(lang), {
    hour: "2-digit", minute: "2-digit", ...(precise && { second: "2-digit" }), hourCycle: "h23",
  });
}

/** 3 Mar, or 3月3日 */
export function day(seconds: number, lang: Lang): string {
  return new Date(seconds * 1000).toLocaleDateString(locale(lang), { day: "numeric", month: "short" });
}

export function moment(seconds: number, lang: Lang): string {
  return `${day(seconds, lang)} ${clock(seconds, lang)}`;
}

/** 90 → 1m30s, as PromQL writes it. */
export function span(seconds: number): string {
  let rest = seconds;
  let text = "";
  for (const [size, name] of [[86400, "d"], [3600, "h"], [60, "m"], [1, "s"]] as const) {
    const n = Math.floor(rest / size);
    if (n) text += `${n}${name}`;
    rest -= n * size;
  }
  return text || "0s";
}

export type Age = "today" | "yesterday" | "week" | "older";

/** How long ago, by the calendar's days. */
export function age(time: Date, now: Date): Age {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const days = (midnight - time.getTime()) / 86_400_000;
  return days <= 0 ? "today" : days <= 1 ? "yesterday" : days <= 7 ? "week" : "older";
}
