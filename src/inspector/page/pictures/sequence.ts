/** Where the arrows of a sequence stand. */
import { LANES, type Lane, type Step } from './steps.ts';

interface PlacedLane {
  readonly lane: Lane;
  readonly x: number;
  /** Whether it was asked; otherwise it is dotted. */
  readonly asked: boolean;
}

export interface PlacedStep {
  readonly step: Step;
  readonly y: number;
  readonly x1: number;
  readonly x2: number;
  /** Shortened where there is no room. */
  readonly text: string;
}

export interface Sequence {
  readonly lanes: readonly PlacedLane[];
  readonly steps: readonly PlacedStep[];
  readonly top: number;
  readonly height: number;
}

const TOP = 24;
const STEP = 19;
const MARGIN = 30;
/** Mean width of a letter of 11 px. */
const LETTER = 5.8;

export function sequenceOf(steps: readonly Step[], width: number): Sequence {
  const asked = new Set<Lane>(['client', 'API', ...steps.flatMap((step) => (step.kind === 'note' ? [] : [step.to]))]);
  const gap = (width - 2 * MARGIN) / (LANES.length - 1);
  const lanes = LANES.map((lane, index) => ({ lane, x: MARGIN + index * gap, asked: asked.has(lane) }));
  const xOf = (lane: Lane) => lanes[LANES.indexOf(lane)]?.x ?? 0;
  const placed = steps.map((step, index) => {
    const y = TOP + 20 + index * STEP;
    if (step.kind === 'note') {
      const x = xOf('API') + 10;
      return { step, y, x1: x, x2: width, text: fitted(step.text, width - x) };
    }
    const [x1, x2] = [xOf(step.from), xOf(step.to)];
    return { step, y, x1, x2, text: fitted(step.text, Math.abs(x2 - x1) - 12) };
  });
  return { lanes, steps: placed, top: TOP, height: TOP + 20 + Math.max(1, steps.length) * STEP };
}

function fitted(text: string, room: number): string {
  const most = Math.max(1, Math.floor(room / LETTER));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
