/**
 * What a run changed since its state file was written whole: a line of JSON a write, beside it as `FILE.journal`. What a
 * step did costs its own size then, however many resources there are. The file is written whole, and the journal
 * removed, at the end of a run, or at the beginning of the next when the run was killed.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open, unlink } from "node:fs/promises";
import Ajv from "ajv";
import type { PendingOperation, ResourceState } from "./state";
import { pendingSchema, record, resourceSchema, text } from "./stored";

/**
 * One change. Resources and pending operations go by number: those of the state file by their place in it, from 0 on,
 * later ones by the number that the run gave them.
 */
export type JournalEntry =
  /** A resource that the run has dealt with, in place of an older state of it if there is one. */
  | { put: number; instead?: number; resource: ResourceState }
  /** The run has dealt with a resource of the last, which stays as it is. */
  | { keep: number }
  /** A resource is now like this. */
  | { change: number; resource: ResourceState }
  | { drop: number }
  | { begin: number; pending: PendingOperation }
  | { end: number };

const number = { type: "integer", minimum: 0 };

const validate = new Ajv().compile<JournalEntry[]>({
  type: "array",
  items: {
    anyOf: [
      record({ put: number, instead: number, resource: resourceSchema }, ["instead"]),
      record({ keep: number }),
      record({ change: number, resource: resourceSchema }),
      record({ drop: number }),
      record({ begin: number, pending: pendingSchema }),
      record({ end: number }),
    ],
  },
});

const validateHead = new Ajv().compile<{ base: string }>(record({ base: text }));

/** What ties a journal to the one text of the state file that it continues. */
export const digestOf = (written: string): string => createHash("sha256").update(written).digest("hex");

export const journalOf = (stateFile: string): string => `${stateFile}.journal`;

/** Where a run writes its changes down. */
export class Journal {
  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
  ) {}

  /**
   * Begins an empty one, in place of any older.
   * @param base digest of the state file's text
   */
  static async begin(stateFile: string, base: string): Promise<Journal> {
    const file = journalOf(stateFile);
    const handle = await open(file, "w", 0o600);
    await handle.appendFile(`${JSON.stringify({ base })}\n`);
    return new Journal(file, handle);
  }

  /** Resolves when the entries are on the disk, all of them or, where the machine stops, none. */
  async append(entries: readonly JournalEntry[]): Promise<void> {
    await this.handle.appendFile(`${JSON.stringify(entries)}\n`);
    await this.handle.datasync();
  }

  async remove(): Promise<void> {
    await this.handle.close();
    await unlink(this.file);
  }
}

/** Resources and pending operations, as the state file and then the journal's lines leave them. */
export interface Contents {
  resources: ResourceState[];
  pending: PendingOperation[];
}

/**
 * Carries a journal's changes out. One of another state file is of no meaning any more and changes nothing, and a
 * last line that was cut off never came to be.
 * @param base digest of the state file's text
 * @throws Error that names the line that is not right, or what is not there
 */
export function replay(journal: string, base: string, contents: Contents): Contents {
  const [head = "", ...lines] = journal.split("\n").slice(0, -1);
  if (head === "" || parse(head, validateHead, 1).base !== base) return contents;
  const replayed = new Replay(contents);
  lines.forEach((line, index) => parse(line, validate, index + 2).forEach((entry) => replayed.take(entry)));
  return replayed.contents();
}

function parse<T>(line: string, isRight: (value: unknown) => value is T, at: number): T {
  const value: unknown = JSON.parse(line);
  if (isRight(value)) return value;
  throw new Error(`line ${at} of its journal is not right`);
}

class Replay {
  private readonly news = new Map<number, ResourceState>();
  private readonly olds: Map<number, ResourceState>;
  private readonly pending: Map<number, PendingOperation>;

  constructor({ resources, pending }: Contents) {
    this.olds = new Map(resources.entries());
    this.pending = new Map(pending.entries());
  }

  take(entry: JournalEntry): void {
    if ("put" in entry) {
      if (entry.instead !== undefined) this.olds.delete(entry.instead);
      this.news.set(entry.put, entry.resource);
    } else if ("keep" in entry) {
      this.news.set(entry.keep, this.known(entry.keep));
      this.olds.delete(entry.keep);
    } else if ("change" in entry) {
      this.known(entry.change);
      (this.news.has(entry.change) ? this.news : this.olds).set(entry.change, entry.resource);
    } else if ("drop" in entry) {
      this.news.delete(entry.drop);
      this.olds.delete(entry.drop);
    } else if ("begin" in entry) this.pending.set(entry.begin, entry.pending);
    else this.pending.delete(entry.end);
  }

  contents(): Contents {
    return { resources: [...this.news.values(), ...this.olds.values()], pending: [...this.pending.values()] };
  }

  private known(key: number): ResourceState {
    const resource = this.news.get(key) ?? this.olds.get(key);
    if (resource === undefined) throw new Error(`its journal speaks of a resource ${key} that is not there`);
    return resource;
  }
}
