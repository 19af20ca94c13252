/** A modal dialog: the browser keeps the focus inside, closes it on Esc, and gives the focus back. */

import { useId, useLayoutEffect, useRef, type ReactNode } from "react";
import { useWords } from "../words";
import { Icon } from "./Icon";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  className?: string;
}

export function Dialog({ title, onClose, children, className = "" }: Props) {
  const { t } = useWords();
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // A layout effect: on leaving, the dialog must be closed while it is still there, to give the focus back.
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className={`dialog ${className}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div className="dialog-inside">
        <header>
          <h2 id={heading}>{title}</h2>
          <button type="button" className="quiet square" aria-label={t("close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks once before something is lost. */
export function Confirm({ title, text, action, onConfirm, onClose }: ConfirmProps) {
  const { t } = useWords();
  return (
    <Dialog title={title} onClose={onClose} className="narrow">
      <p>{text}</p>
      <footer>
        <button type="button" className="button" onClick={onClose}>{t("cancel")}</button>
        <button type="button" className="button danger" onClick={() => { onConfirm(); onClose(); }}>{action}</button>
      </footer>
    </Dialog>
  );
}
