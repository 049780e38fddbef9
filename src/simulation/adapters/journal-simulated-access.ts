/** When a question is answered and a write takes place: within a transaction, or outside. */
export type Access = {
  read<Value>(act: () => Value): Promise<Value>;
  write(act: () => void): Promise<void>;
};
