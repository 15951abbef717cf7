/** Is registered under `npm run dev`, whose login page says so. */
export const DEMO_CUSTOMER = { name: 'Ada Demo', email: 'ada@example.com', password: 'correct-horse-battery' };
