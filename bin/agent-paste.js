#!/usr/bin/env node
// Starts the program, after making sure that this Node can run it and that it is built. CommonJS and old syntax on
// purpose: an old Node must get this far, and a new one starts sooner.
const required = require('../package.json').engines.node.match(/\d+/g).map(Number);
const running = process.versions.node.split('.').map(Number);

const needed = `agent-paste needs Node ${required.slice(0, 2).join('.')} or newer`;
// Other runtimes give a version of Node as well, and lack parts of it.
const other = ['bun', 'deno'].filter((name) => process.versions[name] !== undefined)[0];

if (other !== undefined) refuse(`${needed}; this is ${other} ${process.versions[other]} (${process.execPath}).`);
else if (running[0] < required[0] || (running[0] === required[0] && running[1] < required[1]))
  refuse(`${needed}; this is ${process.version} (${process.execPath}).`);
else if (!require('node:module').isBuiltin('node:sqlite'))
  refuse(`${needed}, with SQLite: this one was built or started without it (--no-experimental-sqlite).`);
else start();

function start() {
  const { join } = require('node:path');
  const root = join(__dirname, '..');
  const cache = join(root, 'dist', '.compile-cache');
  if (isPrivate(cache)) require('node:module').enableCompileCache(cache);
  let program;
  try {
    program = require('../dist/main.cjs');
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') refuse(`agent-paste is not built: run \`npm run build\` in ${root}`);
    else refuse(`agent-paste cannot be loaded: ${String(error.message).split('\n')[0]}; build it or install it again`);
    return;
  }
  program.run();
}

/**
 * Makes the directory of compiled code, beside the code: a user who could plant something there could change the code
 * as well. Not used where others may write into it, and not needed: then every start compiles.
 */
function isPrivate(directory) {
  const { lstatSync, mkdirSync } = require('node:fs');
  try {
    mkdirSync(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') return false;
  }
  const found = lstatSync(directory);
  if (process.platform === 'win32') return found.isDirectory(); // no mode bits
  return found.isDirectory() && found.uid === process.geteuid() && (found.mode & 0o077) === 0;
}

function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 2;
}
