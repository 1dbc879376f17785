import { demandRecommender } from './demand/recommender.ts';
import type { ScalingPolicy } from './policy.ts';
import type { Recommender } from './recommender.ts';
import { ruleRecommender } from './rules/recommender.ts';

const BY_MODE: Readonly<Record<ScalingPolicy['mode'], readonly Recommender[]>> = {
  auto: [ruleRecommender, demandRecommender],
  rules: [ruleRecommender],
};

/** All that have a say, the first speaking first where they are equal. A further one is a file and an entry here. */
export function recommendersOf({ mode }: Pick<ScalingPolicy, 'mode'>): readonly Recommender[] {
  return BY_MODE[mode];
}
