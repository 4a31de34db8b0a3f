import { describeInputs } from './bad-input.ts';
import { HEADER_INPUTS } from './rows/header.ts';

describeInputs('header, algorithm and key id', HEADER_INPUTS);
