/** Measures of the page, in points (1/72 inch). */
export const MARGIN = 54;
/** Height of the lines that repeat above and below the text. */
export const RUNNING = 18;
export const sizes = { title: 17, heading: 11.5, body: 9.5, small: 8 } as const;
/** On white, each at least 7:1. */
export const colors = { ink: "#111111", muted: "#4a4a4a", warning: "#9c0000" } as const;
