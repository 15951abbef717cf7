import type { CheckoutFields } from './checkout-form.ts';
import type { Problem } from './problem.ts';
import type { ProductTile } from './product-tile.ts';
import type { RegisterFields } from './register-form.ts';
import type { SortLink } from './sort-order.ts';

/** A shelf of the first page; a category that has no page of its own has no address. */
export interface CategoryView {
  readonly name: string;
  readonly anchor: string;
  readonly href: string | undefined;
  readonly motto: string | undefined;
  readonly products: readonly ProductTile[];
}

export interface BasketView {
  readonly lines: readonly LineView[];
  readonly gone: readonly { readonly productId: string }[];
  readonly total: string;
  readonly canCheckOut: boolean;
  readonly mostPerLine: number;
}

export interface SearchView {
  /** What was typed. */
  readonly text: string;
  readonly products: readonly ProductTile[];
}

export interface ProblemView {
  readonly problem: Problem;
  readonly action: { readonly href: string; readonly label: string };
}

export interface LineView {
  readonly product: ProductTile;
  readonly quantity: number;
  readonly total: string;
}

export interface OrderLineView {
  readonly name: string;
  readonly quantity: number;
  readonly price: string;
  readonly total: string;
  readonly picture: string;
  readonly tile: string;
}

export interface OrderView {
  readonly id: string;
  /** Short enough to read out on the phone. */
  readonly number: string;
  readonly name: string;
  readonly email: string;
  readonly addressRows: readonly string[];
  /** ISO 8601, UTC. */
  readonly placedAt: string;
  readonly placedOn: string;
  readonly total: string;
  readonly itemCount: number;
  readonly lines: readonly OrderLineView[];
}

/** Messages by field. */
export type FieldErrors<Fields> = Partial<Readonly<Record<keyof Fields, string>>>;

/** What each template is given as `it.page`. Those that end in `-part` are no pages, but go into one that is open. */
export interface Views {
  readonly catalogue: { readonly categories: readonly CategoryView[]; readonly heroPictures: readonly ProductTile[] };
  readonly product: {
    readonly product: ProductTile & {
      readonly description: string;
      readonly category: string;
      /** `undefined` for a category that has no page. */
      readonly categoryHref: string | undefined;
    };
    readonly more: readonly ProductTile[];
    readonly mostPerLine: number;
  };
  readonly category: {
    readonly name: string;
    readonly motto: string;
    readonly description: string;
    readonly tile: string;
    readonly products: readonly ProductTile[];
    readonly sorts: readonly SortLink[];
  };
  readonly search: SearchView;
  readonly 'search-part': SearchView;
  readonly basket: BasketView;
  readonly 'basket-part': BasketView;
  /** How much is in the basket. */
  readonly 'count-part': Record<string, never>;
  /** What is said where the basket was changed from another page than its own. */
  readonly 'added-part': Record<string, never>;
  readonly login: {
    readonly email: string;
    readonly next: string;
    readonly lead: string;
    readonly error: string | undefined;
    readonly demoCustomer: { readonly email: string; readonly password: string } | undefined;
  };
  readonly register: {
    readonly values: Omit<RegisterFields, 'password'>;
    readonly errors: FieldErrors<RegisterFields>;
  };
  readonly checkout: {
    readonly checkoutKey: string;
    readonly lines: readonly LineView[];
    readonly total: string;
    readonly totalCents: number;
    readonly values: CheckoutFields;
    readonly errors: FieldErrors<CheckoutFields>;
    readonly isGuest: boolean;
  };
  readonly order: { readonly order: OrderView };
  readonly orders: { readonly orders: readonly OrderView[] };
  readonly problem: ProblemView;
  readonly 'problem-part': ProblemView;
}

export type ViewName = keyof Views;
