import { describeInputs } from './bad-input.ts';
import { ENCODING_INPUTS } from './rows/encoding.ts';

describeInputs('serialization and encoding', ENCODING_INPUTS);
