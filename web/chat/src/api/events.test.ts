import { expect, test } from "vitest";
import { EventParser } from "./events";

const all = (...chunks: string[]) => {
  const parser = new EventParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
};

test("reads events of one piece", () => {
  expect(all('event: draft\ndata: {"promql":"up"}\n\nevent: answer\ndata: {}\n\n')).toEqual([
    { event: "draft", data: '{"promql":"up"}' },
    { event: "answer", data: "{}" },
  ]);
});

test("cuts anywhere make no difference", () => {
  const text = 'event: reasoning\r\ndata: {"text":"第 1 步\\n\\n"}\r\n\r\n: ping\r\n\r\nevent: draft\r\ndata: 1\r\n\r\n';
  const whole = all(text);
  expect(whole).toEqual([{ event: "reasoning", data: '{"text":"第 1 步\\n\\n"}' }, { event: "draft", data: "1" }]);
  for (let at = 1; at < text.length; at += 1) expect(all(text.slice(0, at), text.slice(at))).toEqual(whole);
  expect(all(...text)).toEqual(whole);
});

test("joins lines of data, names an event without a name, keeps colons, waits for the end", () => {
  expect(all("data: a:b\ndata:c\ndata\n\ndata: unfinished")).toEqual([{ event: "message", data: "a:b\nc\n" }]);
});

test("a comment alone is no event", () => {
  expect(all(": ping\n\n\n\n")).toEqual([]);
});
