import { describeInputs } from './bad-input.ts';
import { CLAIM_INPUTS } from './rows/claims.ts';

describeInputs('payload and claims', CLAIM_INPUTS);
