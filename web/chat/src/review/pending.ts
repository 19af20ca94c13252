/** How many examples wait for review. */

import * as service from "../api/service";
import { createStore } from "../store";

export const pendingCount = createStore(0);

/** Counts again: at the start, and after what may have changed it. Where it cannot be counted, nothing is shown. */
export async function countPending(): Promise<void> {
  pendingCount.set(await service.pendingExamples().then(({ total }) => total, () => 0));
}
