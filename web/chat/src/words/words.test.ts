import { expect, test } from "vitest";
import { en } from "./en";
import { zh } from "./zh";

const blanks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test("both languages have the same words", () => {
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
});

test.each(Object.keys(en) as (keyof typeof en)[])("%s is said in both, with the same blanks", (word) => {
  expect(en[word].trim()).not.toBe("");
  expect(zh[word].trim()).not.toBe("");
  expect(blanks(zh[word])).toEqual(blanks(en[word]));
});
