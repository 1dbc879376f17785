/** The simulator as its users see it: the command line, and whoever compares policies. */

export { BASELINES, familyNamed } from './controllers/families.ts';
export { PROFILES, profileNamed, type ServiceProfile } from './load/profile.ts';
export { ProfileFileError, readProfileFile } from './load/profile-file.ts';
export { readTrace, type Trace, TraceError, traceWorkloads } from './load/trace.ts';
export { WORKLOADS, workloadNamed } from './load/workload.ts';
export { spreadCells } from './matrix/cells.ts';
export type { Cell, WorkloadRef } from './matrix/job.ts';
export { type MatrixPlan, type MatrixResult, type Row, runMatrix } from './matrix/matrix.ts';
export { SimulationError } from './matrix/pool.ts';
export { UnknownNameError } from './matrix/run-job.ts';
export { applyOverrides, PolicyFileError, readPolicyFile } from './policy-file.ts';
export { Recorder } from './recording/recorder.ts';
export { RecordingFile, type RecordingFileOptions } from './recording/recording-file.ts';
export { type Difference, RecordingError, type ReplayOptions, type ReplayResult, replay } from './recording/replay.ts';
export { htmlReport } from './report/html.ts';
export { reportData } from './report/json.ts';
export { inPage, markdownReport } from './report/markdown.ts';
export { reportLines } from './report/table.ts';
export { type GoalLine, judgeGoal } from './results/goal.ts';
