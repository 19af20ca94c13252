/** Lines over time. The pointer or the arrow keys read them out; the table below it is the legend. */

import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock, moment, span } from "../format/time";
import { formatNumber, type Unit } from "../format/number";
import { usePreferences } from "../preferences";
import { useWords } from "../words";
import { columns, type Line } from "./rows";
import type { Resolved } from "./window";

interface Props {
  lines: Line[];
  at: Resolved;
  unit: Unit;
  scale: number;
  /** The line under the pointer in the table, or null. */
  lit: number | null;
  hidden: ReadonlySet<string>;
}

const HEIGHT = 220;
const TOOLTIP_ROWS = 8;
/** Steps of an axis of bytes: 1, 2, 4 … and fractions. */
const BINARY = Array.from({ length: 64 }, (_, power) => 2 ** (power - 4));

export default function Chart({ lines, at, unit, scale, lit, hidden }: Props) {
  const { t, lang } = useWords();
  const { theme } = usePreferences();
  const scheme = useColorScheme();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [cursor, setCursor] = useState<{ index: number; left: number } | null>(null);
  const { start, end, step } = at;
  const long = end - start > 86400;

  useEffect(() => {
    const box = host.current;
    if (!box) return;
    const colour = colours(box);
    const axis: uPlot.Axis = { stroke: colour("--soft"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    const made = new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        padding: [10, 20, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
        focus: { alpha: 0.2 },
        scales: { x: { time: true, range: [start, end] }, y: { range: valueRange } },
        axes: [
          { ...axis, size: 26, grid: { show: false }, space: long ? 90 : 60, values: (_, times) => times.map((time) => (long ? moment(time, lang) : clock(time, lang))) },
          { ...axis, ...(unit.startsWith("B") && { incrs: BINARY }), size: (self, values) => axisSize(self, values), values: (_, values) => values.map((value) => formatNumber(value, unit, 3)) },
        ],
        series: [{}, ...lines.map((_, index) => ({ stroke: colour(`--s${index}`), width: 1.5, points: { size: 4 }, spanGaps: false }))],
        hooks: {
          setCursor: [(self) => {
            const { idx, left } = self.cursor;
            setCursor(idx === null || idx === undefined || left === undefined || left < 0 ? null : { index: idx, left: left + self.bbox.left / devicePixelRatio });
          }],
        },
      },
      columns(lines, start, end, step, scale) as uPlot.AlignedData,
      box,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => box.clientWidth && box.clientWidth !== made.width && made.setSize({ width: box.clientWidth, height: HEIGHT }));
    observer.observe(box);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
      setCursor(null);
    };
  }, [lines, start, end, step, unit, scale, lang, long, theme, scheme]);

  useEffect(() => {
    lines.forEach(({ name }, index) => plot.current?.setSeries(index + 1, { show: !hidden.has(name) }));
  }, [hidden, lines]);
  useEffect(() => {
    plot.current?.setSeries(lit === null ? null : lit + 1, { focus: true });
  }, [lit]);

  const onKeyDown = (event: KeyboardEvent) => {
    const self = plot.current;
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!self || move === undefined) return;
    event.preventDefault();
    const times = self.data[0];
    const index = Math.max(0, Math.min(times.length - 1, (cursor?.index ?? (move > 0 ? -1 : times.length)) + move));
    self.setCursor({ left: self.valToPos(times[index] ?? start, "x"), top: 0 });
  };
  const clear = () => plot.current?.setCursor({ left: -10, top: -10 });

  return (
    <div
      className="chart"
      data-testid="chart"
      role="img"
      tabIndex={0}
      aria-label={t("chartLabel", { n: lines.length, span: span(end - start) })}
      onKeyDown={onKeyDown}
      onBlur={clear}
    >
      <div ref={host} />
      {cursor && <Readout {...cursor} lines={lines} at={at} unit={unit} scale={scale} hidden={hidden} width={host.current?.clientWidth ?? 0} />}
    </div>
  );
}

interface ReadoutProps extends Omit<Props, "lit"> {
  index: number;
  left: number;
  width: number;
}

function Readout({ index, left, width, lines, at, unit, scale, hidden }: ReadoutProps) {
  const { t, lang } = useWords();
  const time = at.start + index * at.step;
  const found = lines
    .flatMap(({ name, short, points }, line) => {
      const point = hidden.has(name) ? undefined : points.find(([moment]) => Math.abs(moment - time) < at.step / 2);
      return point ? [{ name, short, line, value: Number(point[1]) * scale }] : [];
    })
    .sort((a, b) => b.value - a.value);
  if (!found.length) return null;
  const side = left > width / 2 ? { right: width - left + 12 } : { left: left + 12 };
  return (
    <div className="readout" style={side}>
      <strong>{at.end - at.start > 86400 ? moment(time, lang) : clock(time, lang, true)}</strong>
      <ul>
        {found.slice(0, TOOLTIP_ROWS).map(({ name, short, line, value }) => (
          <li key={name}>
            <span className={`swatch s${line}`} />
            <span className="name">{short || t("value")}</span>
            <b>{formatNumber(value, unit)}</b>
          </li>
        ))}
        {found.length > TOOLTIP_ROWS && <li className="soft">{t("moreRows", { n: found.length - TOOLTIP_ROWS })}</li>}
      </ul>
    </div>
  );
}

/** From zero, unless that flattens the lines. */
function valueRange(_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  if (low === high) return low === 0 ? [0, 1] : low > 0 ? [0, high * 1.5] : [low * 1.5, 0];
  const room = (high - low) * 0.08;
  return [low >= 0 && low < high * 0.6 ? 0 : low - room, high + room];
}

function axisSize(self: uPlot, values: string[] | null): number {
  if (!values?.length) return 44;
  self.ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  return Math.ceil(Math.max(...values.map((value) => self.ctx.measureText(value).width)) / devicePixelRatio) + 16;
}

/** Colours as a canvas understands them: the page's own depend on the theme. */
function colours(parent: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    parent.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
}

function useColorScheme(): boolean {
  const [dark, setDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const listen = () => setDark(query.matches);
    query.addEventListener("change", listen);
    return () => query.removeEventListener("change", listen);
  }, []);
  return dark;
}
