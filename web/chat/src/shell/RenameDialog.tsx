import { useState, type FormEvent } from "react";
import { asProblem, type Problem } from "../api/request";
import * as service from "../api/service";
import { Dialog } from "../components/Dialog";
import { ProblemText } from "../components/ProblemText";
import { useWords } from "../words";
import { refreshHistory } from "./history";

interface Props {
  id: string;
  title: string;
  onRenamed: (id: string, title: string) => void;
  onClose: () => void;
}

export function RenameDialog({ id, title, onRenamed, onClose }: Props) {
  const { t } = useWords();
  const [text, setText] = useState(title);
  const [problem, setProblem] = useState<Problem | null>(null);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await service.rename(id, text.trim());
      onRenamed(id, text.trim());
      onClose();
      await refreshHistory();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <Dialog title={t("renameTitle")} onClose={onClose} className="narrow">
      <form onSubmit={save}>
        <label className="field">
          <span>{t("titleLabel")}</span>
          <input value={text} maxLength={200} required data-autofocus onFocus={({ target }) => target.select()} onChange={({ target }) => setText(target.value)} />
        </label>
        {problem && <ProblemText title={t("actionFailed")} problem={problem} />}
        <footer>
          <button type="button" className="button" onClick={onClose}>{t("cancel")}</button>
          <button type="submit" className="button primary" disabled={!text.trim()}>{t("save")}</button>
        </footer>
      </form>
    </Dialog>
  );
}
