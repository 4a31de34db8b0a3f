import { describeInputs } from './bad-input.ts';
import { KEY_INPUTS } from './rows/keys.ts';

describeInputs('signatures and keys', KEY_INPUTS);
