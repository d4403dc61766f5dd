// Where the editor's workers are: files beside this one, of the origin that the page came from.

/* global WORKERS -- the build puts their names here */

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const name = WORKERS[label] ?? WORKERS.editor;
    return new Worker(new URL(name, import.meta.url));
  },
};
