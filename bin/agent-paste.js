#!/usr/bin/env node
// Starts the program, after making sure that this Node can run it. CommonJS and old syntax on purpose: an old Node must
// get this far, and a new one is there sooner.
var required = [24, 15];
var running = process.versions.node.split('.').map(Number);

if (running[0] < required[0] || (running[0] === required[0] && running[1] < required[1])) {
  process.stderr.write(
    'agent-paste needs Node ' +
      required.join('.') +
      ' or newer; this is ' +
      process.version +
      ' (' +
      process.execPath +
      ').\n',
  );
  process.exitCode = 2;
} else {
  // Beside the code, so that whoever could plant something there could as well have changed the code. Where it cannot
  // be written, every start compiles.
  require('node:module').enableCompileCache(require('node:path').join(__dirname, '../dist/.compile-cache'));
  require('../dist/main.cjs').run();
}
