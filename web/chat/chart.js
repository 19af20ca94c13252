// A line chart in SVG: time on x, a shared value axis on y, a legend, and a readout under the pointer or the arrow keys.

import { h, humanise, seriesName, svg } from "./dom.js";
import { t, tr } from "./i18n.js";

const HEIGHT = 240;
const EDGE = { top: 12, right: 12, bottom: 26, left: 62 };
export const MAX_SERIES = 12;

/** `series`: [{metric, values: [[seconds, "value"], …]}], at most MAX_SERIES; x runs from start to end. */
export function lineChart(series, { start, end, step }) {
  const lines = series.map(({ metric, values }) => ({
    name: seriesName(metric), metric,
    points: values.map(([time, raw]) => ({ time: Number(time), raw, value: Number(raw) })),
  }));
  labelBriefly(lines);
  const [low, high, ticks] = valueAxis(lines.flatMap((line) => line.points.map((point) => point.value)).filter(Number.isFinite));
  const tip = h("div.tip", { hidden: true });
  const plot = svg("svg", { class: "plot", height: HEIGHT, role: "img", tabindex: 0 });
  tr(plot, "chartLabel", {}, "aria-label");
  const keys = lines.map((line, index) => h("li", {
    title: line.name, onpointerenter: () => pick(index), onpointerleave: () => pick(null),
  }, h(`span.swatch.s${index}`), h("span", {}, line.label)));
  const figure = h("div.chart", { "data-testid": "chart" }, plot, tip, h("ol.legend", {}, keys));

  let width = 0;
  let at = null; // the time that is read out
  const x = (time) => EDGE.left + ((time - start) / (end - start)) * (width - EDGE.left - EDGE.right);
  const y = (value) => HEIGHT - EDGE.bottom - ((value - low) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const cursor = svg("g", { class: "cursor" });

  function draw() {
    const grid = ticks.flatMap((tick) => [
      svg("line", { class: "grid", x1: EDGE.left, x2: width - EDGE.right, y1: y(tick), y2: y(tick) }),
      svg("text", { x: EDGE.left - 8, y: y(tick) + 4, "text-anchor": "end" }, humanise(tick)),
    ]);
    const every = width < 480 ? 1200 : 600;
    for (let time = Math.ceil(start / every) * every; time <= end; time += every) {
      const anchor = x(time) > width - 30 ? "end" : "middle";
      grid.push(svg("text", { x: x(time), y: HEIGHT - 6, "text-anchor": anchor }, clock(time)));
    }
    const paths = lines.map((line, index) => svg("path", { class: `line s${index}`, d: path(line.points) }));
    plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    plot.replaceChildren(...grid, cursor, ...paths.reverse());
  }

  function path(points) {
    let d = "";
    let before = null;
    for (const { time, value } of points) {
      if (!Number.isFinite(value)) { before = null; continue; }
      const joined = before !== null && time - before <= step * 1.5; // a gap in the data stays a gap
      d += joined ? `L${x(time).toFixed(1)} ${y(value).toFixed(1)}` : `M${x(time).toFixed(1)} ${y(value).toFixed(1)}h.01`;
      before = time;
    }
    return d;
  }

  function pick(index) {
    plot.classList.toggle("picked", index !== null);
    for (const line of plot.querySelectorAll(".line")) line.classList.toggle("lit", line.classList.contains(`s${index}`));
  }

  function readOut(time) {
    at = Math.max(start, Math.min(end, start + Math.round((time - start) / step) * step));
    const rows = lines.map((line, index) => ({ line, index, point: line.points.find((point) => Math.abs(point.time - at) < step / 2) }))
      .filter((row) => row.point).sort((a, b) => b.point.value - a.point.value);
    const dots = rows.filter(({ point }) => Number.isFinite(point.value))
      .map(({ point, index }) => svg("circle", { class: `s${index}`, r: 3.5, cx: x(at), cy: y(point.value) }));
    cursor.replaceChildren(svg("line", { x1: x(at), x2: x(at), y1: EDGE.top, y2: HEIGHT - EDGE.bottom }), ...dots);
    tip.replaceChildren(h("strong", {}, clock(at, true)), h("ul", {}, rows.map(({ line, index, point }) => h("li", {},
      h(`span.swatch.s${index}`), h("span", {}, line.label), h("b", { title: point.raw }, humanise(point.raw))))));
    tip.hidden = false;
    const left = x(at) > width / 2 ? x(at) - tip.offsetWidth - 12 : x(at) + 12;
    tip.style.left = `${Math.max(0, Math.min(left, width - tip.offsetWidth))}px`;
  }

  function leave() {
    tip.hidden = true;
    at = null;
    cursor.replaceChildren();
  }

  plot.addEventListener("pointermove", (event) => {
    const inside = (event.clientX - plot.getBoundingClientRect().left - EDGE.left) / (width - EDGE.left - EDGE.right);
    readOut(start + inside * (end - start));
  });
  plot.addEventListener("pointerleave", leave);
  plot.addEventListener("blur", leave);
  plot.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -step, ArrowRight: step }[event.key];
    if (event.key === "Escape") leave();
    if (!move) return;
    event.preventDefault();
    readOut((at ?? end - move) + move);
  });
  new ResizeObserver(() => {
    if (!plot.clientWidth || plot.clientWidth === width) return;
    width = plot.clientWidth;
    leave();
    draw();
  }).observe(plot);
  return figure;
}

/** Labels that every line shares say nothing in a legend: they are left out, as is the name of the label where one is left. */
function labelBriefly(lines) {
  const shared = Object.entries(lines[0]?.metric ?? {})
    .filter(([name, value]) => lines.every((line) => line.metric[name] === value)).map(([name]) => name);
  for (const line of lines) {
    const own = Object.entries(line.metric).filter(([name]) => !shared.includes(name));
    line.label = own.length === 1 ? own[0][1] : own.length ? seriesName(Object.fromEntries(own)) : line.name;
    if (line.label === "{}") line.label = t("value");
  }
}

function valueAxis(values) {
  let low = values.reduce((a, b) => Math.min(a, b), Infinity);
  let high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (low > high) [low, high] = [0, 1];
  if (low > 0 && low < high * 0.6) low = 0; // start at zero unless that flattens the lines
  if (low === high) [low, high] = low > 0 ? [0, high * 2] : low < 0 ? [low * 2, 0] : [0, 1];
  const rough = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 2.5, 5, 10].find((factor) => factor * unit >= rough * 0.999);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
  return [ticks[0], ticks.at(-1), ticks];
}

const clock = (seconds, precise = false) => new Date(seconds * 1000).toLocaleTimeString([],
  { hour: "2-digit", minute: "2-digit", second: precise ? "2-digit" : undefined, hourCycle: "h23" });
