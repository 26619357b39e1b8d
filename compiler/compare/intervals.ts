/** Whole numbers from `first` to `last`, both included. */
export interface Interval {
  first: bigint;
  last: bigint;
}

/** The same numbers, sorted, no two intervals overlapping or touching. */
export function merged(intervals: readonly Interval[]): Interval[] {
  const sorted = [...intervals].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const result: Interval[] = [];
  for (const { first, last } of sorted) {
    const previous = result.at(-1);
    if (previous === undefined || first > previous.last + 1n) result.push({ first, last });
    else if (last > previous.last) previous.last = last;
  }
  return result;
}

/** The numbers of `from` that are not in `taken`, merged. */
export function without(from: readonly Interval[], taken: readonly Interval[]): Interval[] {
  const gone = merged(taken);
  return merged(from).flatMap(({ first, last }) => {
    const left: Interval[] = [];
    let next = first;
    for (const hole of gone) {
      if (hole.last < next || hole.first > last) continue;
      if (hole.first > next) left.push({ first: next, last: hole.first - 1n });
      next = hole.last + 1n;
    }
    return next > last ? left : [...left, { first: next, last }];
  });
}

/** The numbers that are in both, merged. */
export function common(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  return without(a, without(a, b));
}
