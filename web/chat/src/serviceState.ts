/** How the service is doing, and what it is: followed until the model is loaded and the backend answers. */

import { asProblem, Problem } from "./api/request";
import * as service from "./api/service";
import type { PageSettings, ScenarioTitle, SuggestedQuestion } from "./api/types";
import { createStore } from "./store";

export type Health = "unknown" | "ready" | "starting" | "backendDown" | "offline";

export interface ServiceState {
  health: Health;
  detail: string;
  /** null: a service from before this page's contract; it has no history, no feedback, no review. */
  page: PageSettings | null;
  metrics: number | null;
  scenarios: ScenarioTitle[];
  questions: SuggestedQuestion[] | null;
}

export const serviceState = createStore<ServiceState>({
  health: "unknown", detail: "", page: null, metrics: null, scenarios: [], questions: null,
});

const PAUSE = 3000;

function update(patch: Partial<ServiceState>): void {
  serviceState.set({ ...serviceState.get(), ...patch });
}

let watching = false;

/** Looks until all is well. Call it at the start, and when a request failed. */
export async function watch(): Promise<void> {
  if (watching) return;
  watching = true;
  while (!(await look())) await new Promise((done) => setTimeout(done, PAUSE));
  watching = false;
}

async function look(): Promise<boolean> {
  const page = await service.pageSettings().catch(asProblem);
  if (!(page instanceof Problem)) update({ page });
  else if (page.status === 0) update({ health: "offline", detail: "" });
  const trouble = await service.ready().then(() => null, asProblem);
  if (trouble && trouble.status !== 503) {
    update({ health: "offline", detail: trouble.status > 0 ? trouble.message : "" });
    return false;
  }
  try {
    const { total, scenarios } = await service.catalogSize();
    const { questions } = await service.suggestedQuestions();
    await service.reachBackend(); // the others are answered from what the service has read before
    update({ metrics: total, scenarios, questions });
  } catch (error) {
    const { status, message } = asProblem(error);
    if (status === 401) update({ health: "ready", detail: "" });
    else update({ health: status === 0 ? "offline" : "backendDown", detail: status === 0 ? "" : message });
    return status === 401;
  }
  update(trouble ? { health: "starting", detail: trouble.detail } : { health: "ready", detail: "" });
  return !trouble;
}

/** Looks again where the failure says that the service or what is behind it is in trouble. */
export function watchAfter(problem: Problem | null): void {
  if (problem && [0, -2, 502, 503].includes(problem.status)) void watch();
}
