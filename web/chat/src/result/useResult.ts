/** The result of a query at the end of a time range, and its course over the range. */

import { useEffect, useState } from "react";
import { asProblem, isAbort, type Problem } from "../api/request";
import { instantQuery, rangeQuery } from "../api/service";
import type { QueryData, Series } from "../api/types";
import { resolve, type Resolved, type TimeWindow } from "./window";

export interface Result {
  loading: boolean;
  data: QueryData | null;
  problem: Problem | null;
  course: Series[] | null;
  courseProblem: Problem | null;
  at: Resolved;
}

/** `round` changes where the same query is to be run again; `active` false waits. */
export function useResult(query: string, window: TimeWindow, round: number, active: boolean): Result {
  const [result, setResult] = useState<Result>(() => nothing(window));
  useEffect(() => {
    if (!active) return;
    const controller = new AbortController();
    const { signal } = controller;
    const now = Date.now() / 1000;
    const at = resolve(window, now);
    const show = (patch: Partial<Result>) => !signal.aborted && setResult((before) => ({ ...before, ...patch }));
    show({ loading: true, at });
    const run = async () => {
      const data = await instantQuery(query, window.range.kind === "fixed" ? at.end : now, signal);
      show({ data, problem: null });
      if (data.resultType !== "vector" && data.resultType !== "scalar") return show({ course: null, courseProblem: null });
      try {
        const course = await rangeQuery(query, at, signal);
        show({ course: course.resultType === "matrix" ? course.result : [], courseProblem: null });
      } catch (error) {
        if (!isAbort(error)) show({ course: null, courseProblem: asProblem(error) });
      }
    };
    run()
      .catch((error: unknown) => isAbort(error) || show({ data: null, course: null, problem: asProblem(error) }))
      .finally(() => show({ loading: false }));
    return () => controller.abort();
  }, [query, window, round, active]);
  return result;
}

function nothing(window: TimeWindow): Result {
  return { loading: true, data: null, problem: null, course: null, courseProblem: null, at: resolve(window, Date.now() / 1000) };
}
