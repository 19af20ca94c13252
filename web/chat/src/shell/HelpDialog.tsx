import { Dialog } from "../components/Dialog";
import { prefer, usePreferences } from "../preferences";
import { useWords, type Word } from "../words";

const COMMAND = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";

const KEYS: [keys: string[], word: Word][] = [
  [["Enter"], "keyAsk"], [["Shift", "Enter"], "keyLine"], [["Esc"], "keyStop"], [["/"], "keyFocus"], [["N"], "keyNew"], [[COMMAND, "K"], "keySearch"],
  [["E"], "keyEdit"], [[COMMAND, "Enter"], "keyRun"], [["Ctrl", "Space"], "keyComplete"], [["C"], "keyCopy"], [["T"], "keyTheme"], [["?"], "keyHelp"],
];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  return (
    <Dialog title={t("shortcuts")} onClose={onClose}>
      <dl className="keys">
        {KEYS.map(([keys, word]) => (
          <div key={word}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{t(word)}</dd>
          </div>
        ))}
      </dl>
      <SingleKeys />
    </Dialog>
  );
}

export function SingleKeys() {
  const { t } = useWords();
  const { singleKeys } = usePreferences();
  return (
    <label className="checkbox">
      <input type="checkbox" checked={singleKeys} onChange={({ target }) => prefer({ singleKeys: target.checked })} />
      <span>{t("singleKeys")} <small className="soft">{t("singleKeysText")}</small></span>
    </label>
  );
}
