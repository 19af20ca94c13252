/** The newest values, a row per series: the legend of the chart as well. */

import { useMemo, useState } from "react";
import { formatNumber, type Unit } from "../format/number";
import { useWords } from "../words";
import type { Row, Tabled } from "./rows";

interface Props {
  tabled: Tabled;
  unit: Unit;
  scale: number;
  hidden: ReadonlySet<string>;
  onToggle: (name: string) => void;
  onPoint: (line: number | null) => void;
}

const PAGE = 50;
const VALUE = Symbol("value");

type Column = string | typeof VALUE;

export function Table({ tabled: { rows, own, shared, lines }, unit, scale, hidden, onToggle, onPoint }: Props) {
  const { t } = useWords();
  const [shown, setShown] = useState(PAGE);
  const [sort, setSort] = useState<{ column: Column; down: boolean } | null>(null);
  const sorted = useMemo(() => (sort ? [...rows].sort(by(sort.column, sort.down)) : rows), [rows, sort]);
  const header = (column: Column, name: string, className = "") => {
    const active = sort?.column === column;
    const down = active ? !sort.down : column === VALUE;
    return (
      <th key={name} scope="col" className={className} aria-sort={active ? (sort.down ? "descending" : "ascending") : "none"}>
        <button type="button" aria-label={t("sortBy", { name })} onClick={() => setSort({ column, down })}>
          {name}
          <span className="arrow" aria-hidden="true">{active ? (sort.down ? "↓" : "↑") : ""}</span>
        </button>
      </th>
    );
  };
  const common = Object.entries(shared).filter(([name]) => name !== "__name__"); // the query says the metric
  return (
    <>
      {common.length > 0 && (
        <p className="note shared-labels">
          {t("sharedLabels")} {common.map(([name, value]) => <code key={name}>{`${name}="${value}"`}</code>)}
        </p>
      )}
      <div className="scroll" tabIndex={0} role="group" aria-label={t("table")}>
        <table data-testid="result-table">
          <thead>
            <tr>
              {lines.length > 0 && <th className="key"><span className="unseen">{t("chart")}</span></th>}
              {own.map((name) => header(name, name))}
              {header(VALUE, t("value"), "value")}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, shown).map((row) => (
              <tr key={row.name} onPointerEnter={() => onPoint(row.line < 0 ? null : row.line)} onPointerLeave={() => onPoint(null)}>
                {lines.length > 0 && (
                  <td className="key">
                    {row.line >= 0 && (
                      <button
                        type="button"
                        className="toggle"
                        aria-pressed={!hidden.has(row.name)}
                        aria-label={t("showLine", { name: row.name })}
                        onClick={() => onToggle(row.name)}
                        onFocus={() => onPoint(row.line)}
                        onBlur={() => onPoint(null)}
                      >
                        <span className={`swatch s${row.line}`} />
                      </button>
                    )}
                  </td>
                )}
                {own.map((name) => <td key={name} title={row.metric[name]}>{row.metric[name] ?? ""}</td>)}
                <td className="value" title={row.raw}>
                  {Number.isNaN(row.value) && row.raw !== "NaN" ? row.raw : formatNumber(row.value * scale, unit)}
                  {row.samples > 1 && <small> {t("samples", { n: row.samples })}</small>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > shown && (
        <button type="button" className="quiet" onClick={() => setShown(shown + 2 * PAGE)}>
          {t("more")} <small>{t("moreRows", { n: rows.length - shown })}</small>
        </button>
      )}
    </>
  );
}

function by(column: Column, down: boolean): (a: Row, b: Row) => number {
  const sign = down ? -1 : 1;
  if (column === VALUE) return (a, b) => sign * (a.value - b.value || 0);
  return (a, b) => sign * (a.metric[column as string] ?? "").localeCompare(b.metric[column as string] ?? "", undefined, { numeric: true });
}
