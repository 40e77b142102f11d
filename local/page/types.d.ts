// The view models of views.py as the page receives them, and the libraries that stand on `window`.
import type * as Cards from "adaptivecards";
import type { DOMPurify as Purifier } from "dompurify";
import type MarkdownIt from "markdown-it";

declare global {
  const AdaptiveCards: typeof Cards;
  const DOMPurify: Purifier;
  const markdownit: (options: { html: boolean; linkify: boolean }) => MarkdownIt;
}

export interface Spot { place: string; message: string; viewer: string }
export interface Person { key: string; name: string; department: string; title: string }
export interface Place {
  key: string; name: string; group: string; kind: string; privacy: string; members: string[]; cards: number;
}
export interface Step { at: string; why: string; who: string; spot: Spot }
export interface Telling { done: number; total: number; moment: string; why: string; told: boolean; version: number }
export interface Overview { people: Person[]; places: Place[]; now: string; telling: Telling; steps: number }
export interface Reaction { emoji: string; names: string[] }
export interface Quoted { author: string; text: string }
export interface Said {
  key: string; author: string; bot: boolean; mine: boolean; at: string; html: string; system: string; subject: string;
  edited: boolean; deleted: boolean; quoted: Quoted | null; reactions: Reaction[]; card: object | null; notice: string;
  replies: Said[];
}
export interface Conversation {
  key: string; name: string; label: string; kind: string; privacy: string; members: number; threaded: boolean;
  reading: boolean; items: Said[];
}
export interface Source { name: string; at: string; spot: Spot }
export interface Way {
  text: string; sources: Source[]; file: string; conditions: string; helped: number; notHelped: number; disputedBy: string[];
  editedBy: string;
}
export interface Answer {
  key: string; question: string; asker: string; where: string; at: string; spot: Spot; trust: string; reason: string;
  removed: string; ways: Way[];
}
export interface Shown { question: string; where: string; at: string; helped: boolean; spot: Spot }
export interface Knower {
  name: string; department: string; title: string; optedOut: boolean; shown: Shown[]; namedThisWeek: number;
  capacity: number;
}
export interface Happening { at: string; text: string; where: string; kind: string; spot: Spot | null }
export interface Knowledge { answers: Answer[]; people: Knower[]; happenings: Happening[]; broughtBack: number }

/** What the drawing modules may ask the page to do. */
export interface Wishes {
  go(spot: Spot): void;
  press(message: Said, verb: string, data: object): void;
  replyTo(message: Said): void;
  become(person: string, place: string): void;
}
