export interface CatalogueProduct {
  /** Names the product in its address and across reseeding; never changes. */
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly priceCents: number;
  /** File name in the `products` folder of the assets. */
  readonly picture: string;
}

/** What the shop sells, in the order in which the catalogue shows it. */
export const products: readonly CatalogueProduct[] = [
  {
    slug: 'heron-teapot',
    name: 'Heron teapot',
    description:
      'Hand-thrown stoneware in a grey-blue glaze, with a spout that does not drip and a lid that stays on to the last cup. Holds a litre.',
    category: 'Brew',
    priceCents: 4_800,
    picture: 'heron-teapot.svg',
  },
  {
    slug: 'harbour-kettle',
    name: 'Harbour enamel kettle',
    description:
      'A stovetop kettle in thick enamelled steel. The beech handle keeps cool, and the low whistle will not wake the house.',
    category: 'Brew',
    priceCents: 6_400,
    picture: 'harbour-kettle.svg',
  },
  {
    slug: 'drip-set',
    name: 'Sunday pour-over set',
    description: 'A ribbed porcelain dripper on a glass server: two slow cups of coffee and nothing to plug in.',
    category: 'Brew',
    priceCents: 3_650,
    picture: 'drip-set.svg',
  },
  {
    slug: 'morning-cups',
    name: 'Morning cups, pair',
    description: 'One for the early riser, one for whoever sleeps in. Thick walls keep both warm. Dishwasher safe.',
    category: 'Brew',
    priceCents: 2_800,
    picture: 'morning-cups.svg',
  },
  {
    slug: 'sencha-tin',
    name: 'First-flush sencha, 100 g',
    description: 'Bright, grassy green tea from the spring harvest, in a tin with an inner lid. About fifty cups.',
    category: 'Brew',
    priceCents: 1_450,
    picture: 'sencha-tin.svg',
  },
  {
    slug: 'sparrow-pen',
    name: 'Sparrow fountain pen',
    description:
      'A pocket-sized pen with a fine gilded nib that writes at the first touch, even after a month in a coat.',
    category: 'Write',
    priceCents: 4_200,
    picture: 'sparrow-pen.svg',
  },
  {
    slug: 'linen-notebook',
    name: 'Linen notebook',
    description: 'Bound in raspberry linen, 192 dotted pages that lie flat, and a ribbon to find today again.',
    category: 'Write',
    priceCents: 1_900,
    picture: 'linen-notebook.svg',
  },
  {
    slug: 'midnight-ink',
    name: 'Midnight ink, 50 ml',
    description: 'A blue that is nearly black until it dries. Washes out of cuffs, does not fade from letters.',
    category: 'Write',
    priceCents: 1_600,
    picture: 'midnight-ink.svg',
  },
  {
    slug: 'meadow-pencils',
    name: 'Meadow pencils',
    description: 'Five soft cedar pencils in the colours of an August field, with the cup to keep them in.',
    category: 'Write',
    priceCents: 1_250,
    picture: 'meadow-pencils.svg',
  },
  {
    slug: 'letter-set',
    name: 'Long-distance letter set',
    description:
      'Twenty sheets, twenty envelopes and a stick of sealing wax, for the people you keep meaning to write to.',
    category: 'Write',
    priceCents: 1_550,
    picture: 'letter-set.svg',
  },
  {
    slug: 'window-succulent',
    name: 'Windowsill succulent',
    description:
      'An easy-going plant in a terracotta pot. Asks for light, a little water twice a month, and no conversation.',
    category: 'Grow',
    priceCents: 2_200,
    picture: 'window-succulent.svg',
  },
  {
    slug: 'rain-can',
    name: 'Rain watering can',
    description: 'Galvanised, painted pond green, and balanced so that a full five litres pours with one hand.',
    category: 'Grow',
    priceCents: 3_900,
    picture: 'rain-can.svg',
  },
  {
    slug: 'garden-trowel',
    name: 'Ash-handled trowel',
    description: 'Forged from a single piece of steel, with a handle of local ash. The last trowel you need to buy.',
    category: 'Grow',
    priceCents: 2_400,
    picture: 'garden-trowel.svg',
  },
  {
    slug: 'wildflower-seeds',
    name: 'Wildflower seeds',
    description: 'Poppy, cornflower and forget-me-not for three square metres. Sow in spring, then leave it to them.',
    category: 'Grow',
    priceCents: 690,
    picture: 'wildflower-seeds.svg',
  },
  {
    slug: 'cutting-vase',
    name: 'Cutting vase',
    description: 'A round glass vase with a narrow neck, made for watching a cutting grow its first roots.',
    category: 'Grow',
    priceCents: 2_700,
    picture: 'cutting-vase.svg',
  },
  {
    slug: 'reading-lamp',
    name: 'One-more-chapter lamp',
    description: 'A ceramic foot, a linen shade, a brass chain to pull, and light warm enough for one more chapter.',
    category: 'Glow',
    priceCents: 8_900,
    picture: 'reading-lamp.svg',
  },
  {
    slug: 'beeswax-candles',
    name: 'Beeswax candles, three',
    description: 'Poured by a beekeeper two villages away. They burn for ninety hours between them and smell of honey.',
    category: 'Glow',
    priceCents: 1_700,
    picture: 'beeswax-candles.svg',
  },
  {
    slug: 'porch-lantern',
    name: 'Porch lantern',
    description: 'Powder-coated steel and four panes of glass keep the wind out. For a candle, or a string of lights.',
    category: 'Glow',
    priceCents: 5_400,
    picture: 'porch-lantern.svg',
  },
  {
    slug: 'moon-shade',
    name: 'Moon paper shade',
    description: 'A lamp shade of mulberry paper on a bamboo spiral, forty centimetres across. Folds flat for a move.',
    category: 'Glow',
    priceCents: 4_600,
    picture: 'moon-shade.svg',
  },
  {
    slug: 'hearth-matches',
    name: 'Hearth matches in a jar',
    description: 'Sixty long matches, with the striker under the lid. Handsome enough to leave out on the table.',
    category: 'Glow',
    priceCents: 1_100,
    picture: 'hearth-matches.svg',
  },
];
