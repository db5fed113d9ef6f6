// What few programs use, in one file of its own that a page loads with its first use.

export { activate } from "./activate.js";
export { Log } from "./log.js";
export { request } from "./request.js";
export { runDownload, runUpload } from "./transfers/run.js";
