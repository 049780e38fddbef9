/** Campaigns as files: made beside an organisation folder, signed with a key of one's own. */

import { readFile } from 'node:fs/promises';
import { brand, type Digest, type Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { nextNoticeNumber } from '#domain/trust/notices.ts';
import { programTargetName } from '#domain/trust/target-names.ts';
import type { CampaignFiles, CampaignOnDisk } from '#ports/campaign-files.ts';
import { campaignTextOf, parseCampaignText, withSignature } from '../identity/campaign-text.ts';
import { isThere, refuseDiskError, writeFileAtomically } from '../files/atomic-file.ts';
import { readCampaignFile, type CampaignFacts } from '../plan/campaign-file.ts';
import { openAll, openKeys, type KeyOpener, type Questions } from './key-opener.ts';
import { passphraseSource } from '../secrets/passphrase.ts';
import { readOrganisationIn } from './organisation-authority.ts';
import { openSigning } from './organisation-signing.ts';

type Options = { readonly opener: KeyOpener; readonly now: () => Instant };

export function campaignFilesHere(options: {
  readonly passphraseFile: string | undefined;
  readonly questions: Questions;
}): CampaignFiles {
  const source = passphraseSource(options.passphraseFile);
  return openCampaignFiles({ opener: openKeys(source, options.questions), now: () => Date.now() });
}

export function openCampaignFiles({ opener, now }: Options): CampaignFiles {
  return {
    async make({ file, organisationFolder, out, sitesIn }) {
      const organisation = await readOrganisationIn(organisationFolder);
      if (!organisation.ok) return organisation;
      const text = await readText(file);
      if (!text.ok) return text;
      const made = await readCampaignFile(text.value, file, {
        now: now(),
        organisation: organisation.value.organisation,
        digest: signedIn(organisationFolder, { opener, now }),
        sitesIn,
      });
      return made.ok ? written(out, campaignTextOf(made.value)) : made;
    },
    async withdraw({ file, reason, out }) {
      const known = await onDisk(file);
      if (!known.ok) return known;
      const { campaign } = known.value;
      const at = Math.max(now(), campaign.at);
      // Sites that knew nothing of it hear of it as long as they could have begun it.
      const until = Math.max(campaign.until, at + 1);
      const number = nextNoticeNumber(campaign.number, at);
      const withdrawn = { ...campaign, number, at, until, withdrawn: reason };
      return written(out, campaignTextOf(withdrawn));
    },
    show: onDisk,
    async sign(file, keys) {
      const signers = await openAll(keys, opener);
      if (!signers.ok) return signers;
      let text = await readText(file);
      for (const signer of signers.value) {
        if (text.ok) text = withSignature(text.value, signer);
      }
      if (!text.ok) return text;
      const replaced = await writeFileAtomically(file, text.value);
      return replaced.ok ? onDisk(file) : replaced;
    },
  };
}

function signedIn(folder: string, options: Options): CampaignFacts['digest'] {
  return async (component, version) => {
    const state = await openSigning(options).state(folder, 'program');
    if (!state.ok) return state;
    const name = programTargetName({ component, version });
    const target = state.value.targets.find((one) => one.target === name);
    if (target === undefined) return refuse(problem('RELEASE_UNSIGNED', { component, version }));
    const { withdrawn: reason } = target;
    if (reason !== null) {
      return refuse(problem('RELEASE_WITHDRAWN', { component, version, reason }));
    }
    return ok(brand<Digest>(target.digest));
  };
}

async function written(file: string, text: string): Promise<Result<CampaignOnDisk>> {
  if (await isThere(file)) return refuse(problem('FILE_EXISTS', { file }));
  const done = await writeFileAtomically(file, text);
  return done.ok ? onDisk(file) : done;
}

async function onDisk(file: string): Promise<Result<CampaignOnDisk>> {
  const text = await readText(file);
  if (!text.ok) return text;
  const parsed = parseCampaignText(text.value);
  if (!parsed.ok) return parsed;
  const { signed, signatures } = parsed.value;
  const { format: _, ...campaign } = signed;
  return ok({ campaign, signedBy: signatures.map(({ name }) => name) });
}

async function readText(file: string): Promise<Result<string>> {
  try {
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    return refuseDiskError(error, file);
  }
}
