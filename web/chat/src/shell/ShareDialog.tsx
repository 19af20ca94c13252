/** Sharing makes a link; stopping makes it useless. */

import { useEffect, useState } from "react";
import { notify } from "../announce";
import { asProblem, type Problem } from "../api/request";
import * as service from "../api/service";
import { CopyButton } from "../components/CopyButton";
import { Dialog } from "../components/Dialog";
import { ProblemText } from "../components/ProblemText";
import { addressOf } from "../routes";
import { useWords } from "../words";

interface Props {
  id: string;
  shared: string | null;
  onShared: (token: string | null) => void;
  onClose: () => void;
}

export function ShareDialog({ id, shared, onShared, onClose }: Props) {
  const { t } = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    if (shared) return;
    service.share(id).then(({ token }) => onShared(token), (error: unknown) => setProblem(asProblem(error)));
    // Once, when the dialog opens: stopping must not share again.
  }, [id]);
  const stop = async () => {
    try {
      await service.unshare(id);
      onShared(null);
      notify(t("unshared"));
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  const link = shared ? new URL(addressOf({ name: "shared", token: shared }), location.href).toString() : "";
  return (
    <Dialog title={t("shareTitle")} onClose={onClose} className="narrow">
      <p>{t("shareText")}</p>
      {problem && <ProblemText title={t("actionFailed")} problem={problem} />}
      <label className="field">
        <span>{t("shareLink")}</span>
        <input readOnly value={link} placeholder={problem ? "" : t("loading")} data-testid="share-link" onFocus={({ target }) => target.select()} />
      </label>
      <footer>
        <button type="button" className="button" disabled={!shared} onClick={stop}>{t("unshare")}</button>
        <CopyButton text={link} word="copyLink" className="button primary" />
      </footer>
    </Dialog>
  );
}
