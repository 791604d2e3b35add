/** What is made of a value that is replaced as a whole from time to time: made once for each value, when it is first asked for. */

/**
 * @param source the value in force; replaced, never changed in place
 * @param make pure, or at least harmless to call again
 */
export function derived<Source extends object, Made>(source: () => Source, make: (source: Source) => Made): () => Made {
  let last: { readonly source: Source; readonly made: Made } | undefined;
  return () => {
    const now = source();
    if (last?.source !== now) last = { source: now, made: make(now) };
    return last.made;
  };
}
