// The version of this package, as package.json has it; a test compares the two.

/** The version, which goes with every request in the `User-Agent`. */
export const VERSION: string = "0.1.0";
