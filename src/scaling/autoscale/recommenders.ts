import type { Recommender } from './recommender.ts';
import { ruleRecommender } from './rules/recommender.ts';

/** All that have a say, the first speaking first where they are equal. A further one is a file and a line here. */
export const RECOMMENDERS: readonly Recommender[] = [ruleRecommender];
