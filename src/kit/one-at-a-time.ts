/** Runs changes one after the other, so that what one of them has checked still holds when it writes. */
export type OneAtATime = <Result>(change: () => Promise<Result>) => Promise<Result>;

/** A queue of its own. A change that fails does not keep the next from running. */
export function oneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  return (change) => {
    const result = last.then(change);
    last = result.catch(() => undefined);
    return result;
  };
}
