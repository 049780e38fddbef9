/**
 * The catalogue of a live site: its revision in the journal, the share held against it, and the
 * one door through which content and releases enter it.
 */

import type { Drift } from '#domain/catalogue/drift.ts';
import { isClean } from '#domain/catalogue/drift.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { makeRevision, type CatalogueRevision } from '#domain/catalogue/revision.ts';
import type { SiteContent } from '#domain/fleet/content.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Rows } from '#ports/journal.ts';
import type { Loop } from '../loop.ts';
import type { Site } from '../site.ts';

export type RestoreReport = { readonly before: Drift; readonly after: Drift };

export class Catalogue {
  readonly #site: Site;
  readonly #loop: Loop;
  /** One change or check of the share at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(site: Site, loop: Loop) {
    this.#site = site;
    this.#loop = loop;
  }

  #inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    const next = this.#turn.then(act, act);
    this.#turn = next.catch(() => undefined);
    return next;
  }

  revision(): Promise<CatalogueRevision | null> {
    return this.#site.journal.rows.catalogue.revision();
  }

  /**
   * Adds releases and contents to what the share offers; repeating it changes nothing. `against`
   * is asked within the transaction: a hold that began a moment ago is not overtaken.
   */
  offer(
    added: { readonly releases: readonly Release[]; readonly contents: readonly SiteContent[] },
    against: (rows: Rows) => Promise<Problem | null> = async () => null,
  ): Promise<Result<CatalogueRevision>> {
    return this.#inTurn(async () => {
      const before = await this.revision();
      const next = await this.#next(before, added);
      if (!next.ok) return next;
      const revision = next.value;
      const isNew = before === null || !isSameOffer(before, revision);
      // The journal first: a kill between the two is a drift that the next check restores.
      const refusal = isNew ? await this.#commit(revision, added, against) : null;
      if (refusal !== null) return refuse(refusal);
      const laid = await this.#site.share.lay(isNew ? revision : before);
      if (!laid.ok) return laid;
      await this.#site.share.removeUnnamed(before === null ? [revision] : [revision, before]);
      return ok(revision);
    });
  }

  async #next(
    before: CatalogueRevision | null,
    added: { readonly releases: readonly Release[]; readonly contents: readonly SiteContent[] },
  ): Promise<Result<CatalogueRevision>> {
    const { rows } = this.#site.journal;
    const releases = await this.#releasesOf(before, added.releases);
    const contents = new Map(
      [...(await rows.catalogue.contents()), ...added.contents].map((one) => [one.component, one]),
    );
    const number = (before?.fence.epoch === this.#site.epoch ? before.fence.number : 0) + 1;
    const choice = {
      releases,
      contents: [...contents.values()].map(({ component, version, path, file }) => ({
        component,
        version,
        path,
        ...file,
      })),
    };
    const fence = { epoch: this.#site.epoch, number };
    // Lines that people added since are kept; a text that cannot be read is replaced.
    const found = await this.#site.share.catalogueText();
    const kept = makeRevision(fence, { ...choice, previousText: found ?? before?.text ?? null });
    return kept.ok ? kept : makeRevision(fence, { ...choice, previousText: before?.text ?? null });
  }

  /** Of each component the release that the share offers now, the added one winning. */
  async #releasesOf(
    before: CatalogueRevision | null,
    added: readonly Release[],
  ): Promise<readonly Release[]> {
    const offered = new Map<string, Release>();
    for (const digest of before?.manifests ?? []) {
      const release = await this.#site.journal.rows.catalogue.release(digest);
      if (release !== null) offered.set(release.manifest.component, release);
    }
    for (const release of added) offered.set(release.manifest.component, release);
    return [...offered.values()];
  }

  async #commit(
    revision: CatalogueRevision,
    added: { readonly contents: readonly SiteContent[] },
    against: (rows: Rows) => Promise<Problem | null>,
  ): Promise<Problem | null> {
    const at = this.#site.clock.now();
    let refusal: Problem | null = null;
    await this.#loop.submit(async (rows: Rows) => {
      refusal = await against(rows);
      if (refusal !== null) return [];
      await rows.catalogue.putRevision(revision, at);
      for (const content of added.contents) await rows.catalogue.putContent(content);
      const { epoch, number } = revision.fence;
      await rows.log.appendRecord({
        at,
        kind: 'catalogue-revised',
        who: 'information-server',
        server: null,
        detail: { epoch, number, contents: added.contents.map((one) => one.version) },
      });
      return [];
    });
    return refusal;
  }

  /** null: nothing was ever laid down here. */
  check(how: { readonly thorough: boolean }): Promise<Drift | null> {
    return this.#inTurn(async () => {
      const revision = await this.revision();
      return revision === null ? null : this.#site.share.check(revision, how);
    });
  }

  /** D8, D11, R5: brings back what drifted, keeps what had been there as evidence. */
  restore(who: string): Promise<Result<RestoreReport>> {
    return this.#inTurn(async () => {
      const revision = await this.revision();
      if (revision === null) return refuse(problem('CATALOGUE_NO_REVISION', {}));
      const before = await this.#site.share.check(revision, { thorough: true });
      if (isClean(before)) return ok({ before, after: before });
      const restored = await this.#site.share.restore(revision, before);
      if (!restored.ok) return restored;
      const at = this.#site.clock.now();
      await this.#loop.submit(async (rows) => {
        for (const kept of restored.value) {
          await rows.log.putEvidence({
            digest: kept.digest,
            at,
            kind: 'catalogue-restored',
            because: problem('CATALOGUE_DRIFTED', { count: driftCount(before) }),
            text: kept.text,
          });
        }
        const detail = { fields: before.fields, packages: before.packages };
        await rows.log.appendRecord({ at, kind: 'catalogue-restored', who, server: null, detail });
        return [];
      });
      const after = await this.#site.share.check(revision, { thorough: true });
      return ok({ before, after });
    });
  }
}

/** One text may name other bytes: a pattern that is published anew under its old number. */
function isSameOffer(left: CatalogueRevision, right: CatalogueRevision): boolean {
  const digests = ({ files }: CatalogueRevision): string =>
    files.map(({ path, digest }) => `${path} ${digest}`).join('\n');
  return left.text === right.text && digests(left) === digests(right);
}

export function driftCount(drift: Drift): number {
  return drift.fields.length + drift.packages.length;
}
