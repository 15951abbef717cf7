const euros = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' });

/** "€12.50" of 1250 cents. */
export const formatMoney = (cents: number): string => euros.format(cents / 100);
