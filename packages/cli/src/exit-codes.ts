/** Done; a fault of ours; something the user can act on; done, with findings. */
export const EXIT = { done: 0, bug: 1, refused: 2, findings: 4 } as const;
