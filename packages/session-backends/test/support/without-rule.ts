import type { RedisLike, SqlExecutor } from '@switchyard/session-backends';

/** A piece of a statement or a script, and what is left of it when its rule is taken out. */
export interface Rule {
  readonly text: string;
  readonly without: string;
}

/** An executor whose statements of these names have lost a rule; everything else is the real SQL. */
export function sqlWithout(executor: SqlExecutor, names: RegExp, { text, without }: Rule): SqlExecutor {
  return {
    query: (statement, values, { name }) => {
      if (!names.test(name)) return executor.query(statement, values, { name });
      if (!statement.includes(text)) throw new Error(`${name} does not have the rule that the test takes out`);
      return executor.query(statement.replaceAll(text, without), values, { name: `${name}_without` });
    },
  };
}

/** A Redis whose scripts have lost these rules, wherever they have them; everything else is the real Lua. */
export function redisWithout(redis: RedisLike, ...rules: readonly Rule[]): RedisLike {
  return {
    mget: (...keys) => redis.mget(...keys),
    set: (...args) => redis.set(...args),
    // So that every script comes in full.
    evalsha: () => Promise.reject(new Error('NOSCRIPT')),
    eval: (script, ...rest) =>
      redis.eval(
        rules.reduce((lua, { text, without }) => lua.replaceAll(text, without), script),
        ...rest,
      ),
  };
}
