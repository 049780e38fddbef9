/** The little of ini-api that the reference test uses; the package ships no types. */
declare module 'ini-api' {
  export class Ini {
    constructor(text: string);
    readonly sections: readonly unknown[];
    getSection(name: string): { getValue(key: string): unknown };
    stringify(): string;
  }
}
