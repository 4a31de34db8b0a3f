/** JSON that is nested so many arrays or objects deep, as a text: JSON.stringify may not be able to write it. */

export const arrays = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

export const objects = (depth: number): string => `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`;

/** Twice as deep as it has pairs of an array and an object. */
export const mixed = (pairs: number): string => `${'[{"a":'.repeat(pairs)}0${'}]'.repeat(pairs)}`;
