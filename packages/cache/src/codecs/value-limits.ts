/** Deeper values are refused, so that no walk can overflow the stack. A value that is no container has depth 0. */
export const MAX_DEPTH = 1_000;

/** Every hole costs a marker on the wire, so that a short payload can never ask for a huge array. */
export const MAX_HOLES = 1_000;
