import assert from "node:assert/strict";
import type { DecidedStack } from "../../../compiler/check/stack";
import type { Answer } from "../../../compiler/explain/answer";
import { explain } from "../../../compiler/explain/explain";
import { readQuestion } from "../../../compiler/explain/question";

/** What `explain` answers to its words. @param today ISO date */
export function answerTo(stack: DecidedStack, words: readonly string[], today: string): Answer {
  const [from = "", to = "", port] = words;
  const question = readQuestion(from, to, port, stack);
  assert.ok(!("message" in question), "message" in question ? question.message : "");
  return explain(question, { ...stack, occasion: { environment: stack.inventory.environment, today } });
}
