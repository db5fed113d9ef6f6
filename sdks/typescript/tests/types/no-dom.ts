// What a program of Node's names that has no types of browsers: all that the package declares must hold without them.

export type * from "@infrai/sdk";
export type * from "@infrai/sdk/node";
