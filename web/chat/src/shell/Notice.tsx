/** What keeps the service from answering, as long as it does. */

import { Icon } from "../components/Icon";
import { serviceState, type Health } from "../serviceState";
import { useStore } from "../store";
import { useWords, type Word } from "../words";

const NOTICES: Partial<Record<Health, [title: Word, text: Word]>> = {
  starting: ["starting", "startingText"],
  backendDown: ["backendDown", "backendDownText"],
  offline: ["offline", "offlineText"],
};

/** What the service says while all is well with the start: the notice has said so already. */
const STARTING = "the model is starting";

export function Notice() {
  const { t } = useWords();
  const { health, detail } = useStore(serviceState);
  const words = NOTICES[health];
  return (
    <div role="status">
      {words && (
        <div className={`notice ${health}`} data-testid="notice">
          {health === "starting" ? <span className="spinner" aria-hidden="true" /> : <Icon name="warning" />}
          <div>
            <strong>{t(words[0])}</strong> <span>{t(words[1])}</span>
            {detail && detail !== STARTING && <p className="detail">{detail}</p>}
          </div>
        </div>
      )}
    </div>
  );
}
