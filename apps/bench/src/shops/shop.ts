import type { Express } from 'express';
import type { Place } from '../subjects/subject.ts';

/** The same small shop each time: `GET /basket` loads the visitor's session, changes it and saves it. */
export interface Shop {
  open(place: Place): Promise<OpenShop>;
}

export interface OpenShop {
  readonly app: Express;
  close(): Promise<void>;
}
