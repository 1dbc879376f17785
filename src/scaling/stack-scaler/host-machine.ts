import os from 'node:os';
import { type CpuTimes, cpuTimesOf, kernelCpuTimes, utilizationBetween } from '../machine/cpu-times.ts';
import type { MachineFigures } from '../machine.ts';

/**
 * The machine that the containers share: its figures, not those of the scaler's own container, whose limits say nothing of the room for
 * others.
 */
export class HostMachine {
  #times: CpuTimes = times();

  read(): MachineFigures {
    const before = this.#times;
    this.#times = times();
    return {
      cores: os.cpus().length,
      cpuUtilization: utilizationBetween(before, this.#times),
      totalMemoryBytes: os.totalmem(),
      availableMemoryBytes: os.freemem(), // what can be had without swapping: MemAvailable on Linux
      loadAverage: os.loadavg() as [number, number, number],
    };
  }
}

function times(): CpuTimes {
  return kernelCpuTimes('/', undefined) ?? cpuTimesOf(os.cpus());
}
