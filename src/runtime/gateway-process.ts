/** The program of a gateway process. */
import { serveGateway } from '../scaling/gateway/gateway-process.ts';
import { RotatingFile } from './rotating-file.ts';

serveGateway((target) => {
  if (target.to === 'stdout') {
    return {
      line: (lines) => void process.stdout.write(`${lines}\n`),
      end: (done) => void process.stdout.write('', done),
    };
  }
  return new RotatingFile({
    path: target.path,
    maxBytes: target.maxBytes,
    count: target.count,
    onFailure: (error) => process.stderr.write(`LB_ACCESS_LOG can't be written: ${error.message}\n`),
  });
});
