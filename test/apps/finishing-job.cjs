// A job that comes to its end: nothing listens, nothing is left to do, so Node ends with 0.
setTimeout(() => console.log('job done'), 50);
