/** Chooses the time range and the step. */

import { useState, type FormEvent } from "react";
import { moment, span } from "../format/time";
import { useWords } from "../words";
import { autoStep, PRESETS, spanOf, STEPS, stepsFit, type TimeWindow } from "./window";

interface Props {
  window: TimeWindow;
  onChange: (window: TimeWindow) => void;
}

const CUSTOM = "custom";

export function WindowPicker({ window, onChange }: Props) {
  const { t, lang } = useWords();
  const [custom, setCustom] = useState(false);
  const { range, step } = window;
  const chosen = custom || range.kind === "fixed" ? CUSTOM : String(range.seconds);
  return (
    <div className="window">
      <label>
        <span className="unseen">{t("range")}</span>
        <select
          value={chosen}
          data-testid="range"
          onChange={({ target }) => {
            setCustom(target.value === CUSTOM);
            if (target.value !== CUSTOM) onChange({ range: { kind: "last", seconds: Number(target.value) }, step: null });
          }}
        >
          {PRESETS.map((seconds) => <option key={seconds} value={seconds}>{t("lastRange", { span: span(seconds) })}</option>)}
          <option value={CUSTOM}>{range.kind === "fixed" && !custom ? `${moment(range.start, lang)} – ${moment(range.end, lang)}` : t("custom")}</option>
        </select>
      </label>
      <label>
        <span className="soft">{t("step")}</span>
        <select value={step ?? ""} data-testid="step" onChange={({ target }) => onChange({ ...window, step: target.value ? Number(target.value) : null })}>
          <option value="">{t("stepAuto", { step: span(autoStep(spanOf(range))) })}</option>
          {STEPS.filter((seconds) => seconds <= spanOf(range) && stepsFit({ range, step: seconds })).map((seconds) => (
            <option key={seconds} value={seconds}>{span(seconds)}</option>
          ))}
        </select>
      </label>
      {chosen === CUSTOM && (
        <CustomRange
          key={`${range.kind}`}
          window={window}
          onApply={(next) => {
            setCustom(false);
            onChange(next);
          }}
        />
      )}
    </div>
  );
}

function CustomRange({ window, onApply }: { window: TimeWindow; onApply: (window: TimeWindow) => void }) {
  const { t } = useWords();
  const now = Date.now() / 1000;
  const { range } = window;
  const [from, setFrom] = useState(localInput(range.kind === "fixed" ? range.start : now - range.seconds));
  const [to, setTo] = useState(localInput(range.kind === "fixed" ? range.end : now));
  const [wrong, setWrong] = useState(false);
  const apply = (event: FormEvent) => {
    event.preventDefault();
    const [start, end] = [Date.parse(from) / 1000, Date.parse(to) / 1000];
    const right = start < end;
    setWrong(!right);
    if (right) onApply({ range: { kind: "fixed", start, end }, step: null });
  };
  return (
    <form className="custom-range" onSubmit={apply}>
      <label>{t("from")} <input type="datetime-local" value={from} required onChange={({ target }) => setFrom(target.value)} /></label>
      <label>{t("to")} <input type="datetime-local" value={to} required onChange={({ target }) => setTo(target.value)} /></label>
      <button type="submit" className="button small">{t("apply")}</button>
      {wrong && <p className="problem-line" role="alert">{t("badRange")}</p>}
    </form>
  );
}

/** The local time as `datetime-local` wants it. */
function localInput(seconds: number): string {
  const time = new Date(seconds * 1000);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
