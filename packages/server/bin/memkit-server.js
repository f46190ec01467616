#!/usr/bin/env node
// A file of its own beside dist, so that the link npm makes to it at installation has something to point to before a build.
import { runCommandLine } from '../dist/command-line/run-command-line.js';

process.exitCode = await runCommandLine(process.argv.slice(2), process);
