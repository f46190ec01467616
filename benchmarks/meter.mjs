import { readdirSync, readFileSync } from 'node:fs';

/**
 * Counts operations between two moments, without weighing on them: the loops raise a number, and a few of them look at
 * the clock.
 */
const MAX_SAMPLES = 200_000;

export class Meter {
  /** Operations since the start, warm-up included. */
  count = 0;
  /** Loops go on while it is true. */
  isRunning = true;
  looked = 0;
  wrong = 0;
  missed = 0;
  failed = 0;
  #latencies = new Float64Array(MAX_SAMPLES);
  #samples = 0;

  /** @param {number} milliseconds */
  addLatency(milliseconds) {
    if (this.#samples < MAX_SAMPLES) this.#latencies[this.#samples++] = milliseconds;
  }

  /**
   * @param {number} [serverPid] the process whose CPU time is told, too
   * @returns what the operations of `milliseconds` cost, after `warmup` milliseconds that do not count
   */
  async measure(warmup, milliseconds, serverPid) {
    await pause(warmup);
    this.#samples = 0;
    const countBefore = this.count;
    const waitedBefore = waitedNanoseconds();
    const serverBefore = scheduleOf(serverPid);
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    await pause(milliseconds);
    const seconds = (performance.now() - startedAt) / 1000;
    const serverAfter = scheduleOf(serverPid);
    const serverSeconds = (serverAfter.ran - serverBefore.ran) / 1e9;
    const { user, system } = process.cpuUsage(cpuBefore);
    const operations = this.count - countBefore;
    this.isRunning = false;
    const latencies = this.#latencies.slice(0, this.#samples).sort();
    return {
      operations,
      opsPerSecond: operations / seconds,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      cpuMicros: (user + system) / operations,
      rssMegabytes: process.resourceUsage().maxRSS / 1024,
      waitedShare: (waitedNanoseconds() - waitedBefore) / 1e9 / seconds,
      ...(serverPid !== undefined && {
        serverWaitedShare: (serverAfter.waited - serverBefore.waited) / 1e9 / seconds,
        serverCpuMicros: (serverSeconds * 1e6) / operations,
        serverBusyShare: serverSeconds / seconds,
      }),
      looked: this.looked,
      wrong: this.wrong,
      missed: this.missed,
      failed: this.failed,
    };
  }
}

/** How long this process was ready to run and another had its core; 0 where the system does not say. */
function waitedNanoseconds() {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]);
  } catch {
    return 0;
  }
}

/** Nanoseconds all threads of another process had a core, and were ready to run without one. */
function scheduleOf(pid) {
  let ran = 0;
  let waited = 0;
  try {
    for (const thread of pid === undefined ? [] : readdirSync(`/proc/${pid}/task`)) {
      const [ranBy, waitedBy] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ').map(Number);
      ran += ranBy;
      waited += waitedBy;
    }
  } catch {
    // Not Linux.
  }
  return { ran, waited };
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** @param {Float64Array} sorted */
function percentile(sorted, share) {
  return sorted.length === 0 ? undefined : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
