/** A component, and which version of it is to be deployed. */
export type Wish = { readonly component: string; readonly version: string };
