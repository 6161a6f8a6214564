/** Months stay months: a length is shown in the unit it is computed in, however it is written. */
import { describe, expect, it } from "vitest";

import { readLength, writeLength } from "./length";

describe("a length of time", () => {
  it.each([
    ["3 months", 3, "month"],
    ["3개월", 3, "month"],
    ["1 달", 1, "month"],
    ["2 Years", 2, "year"],
    ["90일", 90, "day"],
    ["2주일", 2, "week"],
    ["5 min", 5, "minute"],
    ["7776000 seconds", 90, "day"],
    ["90 seconds", 90, "second"],
  ])("%s", (written, n, unit) => {
    expect(readLength(written)).toEqual({ n, unit });
  });
  it("is written so that it reads back", () => {
    for (const unit of ["minute", "hour", "day", "week", "month", "year"]) expect(readLength(writeLength(3, unit))).toEqual({ n: 3, unit });
  });
  it.each(["soon", "3", "3 moons", "", null])("%s is shown as it is written", (written) => {
    expect(readLength(written)).toBeNull();
  });
});
