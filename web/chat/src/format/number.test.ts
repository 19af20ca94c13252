import { expect, test } from "vitest";
import { formatNumber, parseNumber, type Unit } from "./number";

test.each<[number, Unit, string]>([
  [0, "", "0"], [0.25, "", "0.25"], [9999, "", "9999"], [1234567, "", "1.235 M"], [-1234567, "", "-1.235 M"], [999999.9, "", "1 M"],
  [0.00012, "", "1.20e-4"], [1e21, "", "1.00e+21"], [0.1 + 0.2, "", "0.3"],
  [0, "B", "0 B"], [1023, "B", "1023 B"], [1024, "B", "1 KiB"], [-1536, "B", "-1.5 KiB"], [8.5 * 1024 ** 3, "B", "8.5 GiB"], [2048, "B/s", "2 KiB/s"],
  [0, "s", "0 s"], [0.0042, "s", "4.2 ms"], [2e-7, "s", "200 ns"], [90, "s", "1.5 min"], [7200, "s", "2 h"], [172800, "s", "2 d"], [-0.5, "s", "-500 ms"], [1764000000, "s", "1.764 G s"],
  [12.345678, "percent", "12.35 %"], [1500000, "bit/s", "1.5 M bit/s"], [3.5, "/s", "3.5 /s"], [21.5, "°C", "21.5 °C"],
  [NaN, "s", "NaN"], [Infinity, "B", "+Inf"], [-Infinity, "", "-Inf"],
])("%s in %s is %s", (value, unit, text) => {
  expect(formatNumber(value, unit)).toBe(text);
});

test("reads what Prometheus writes", () => {
  expect([parseNumber("+Inf"), parseNumber("-Inf"), parseNumber("NaN"), parseNumber("1e-3")]).toEqual([Infinity, -Infinity, NaN, 0.001]);
});
