/** Every sentence of the demo, in both languages. */

const english = {
  language: 'en' as 'en' | 'ja',
  title: 'Dankai demo: a real site on this machine, upgraded group by group. Nothing is simulated.',
  folder: (folder: string) => `Everything lives under ${folder} and is removed at the end.`,
  building: 'Building the new release from the sources here; packing both with their runtime …',
  built: (version: string, mebibytes: string) =>
    `Release ${version}: ${mebibytes} MiB on the wire.`,
  begin: 'Starting the control manager, and the information server with its own normal server …',
  servers: (count: number) =>
    `Installing and starting ${count} normal servers of the old release …`,
  allThere: (count: number) => `${count} servers are connected and run the old release.`,
  imported: 'The new release stands in the share of the information server.',
  planTitle: 'The plan (.dankai-demo/plan.yaml):',
  started: 'The upgrade runs. The information server comes first (D2–D7).',
  heldDelivery: (version: string) =>
    `The control manager delivers pattern ${version} during the hold: it has to wait (D1).`,
  betweenDelivery: (version: string) =>
    `Between the groups it delivers pattern ${version} with a whole update site, old programs included: this used to roll the catalogue back (D8, D11).`,
  phase: {
    'self-staging': 'information server: unpacking the new version beside the old one',
    'self-switching': 'information server: switching, proving itself',
    baseline: 'information server: laying down the new catalogue',
    agent: 'control manager agent: following (D4)',
    groups: 'groups',
    paused: 'paused',
    stopped: 'stopped',
    finished: 'finished',
  } as Record<string, string>,
  column: {
    server: 'server',
    domain: 'domain',
    group: 'group',
    before: 'before',
    after: 'after (asked itself)',
    session: 'session',
    received: 'MiB received',
    content: 'pattern',
    proof: 'digest of what runs',
  },
  matches: 'equals the manifest',
  differs: 'DIFFERS',
  silent: 'no answer',
  closing: 'What every server says of itself now:',
  kept: (what: string) => `Held back, and delivered afterwards: ${what}`,
  refused: (what: string) =>
    `Refused and kept as evidence, because a control manager delivers content and never programs (S1): ${what}`,
  nothing: 'nothing',
  took: (seconds: string, mebibytes: string, disk: string) =>
    `Took ${seconds} s. ${mebibytes} MiB went to normal servers; ${disk} MiB of disk in use.`,
  good: 'Every server runs the new release.',
  bad: 'Not every server runs the new release:',
  console:
    'The web console of the information server; this link signs in once, within ten minutes (the certificate is of the organisation of the demo, so a browser asks):',
  stays: 'The site stays up. Look at it from another terminal:',
  end: 'Ctrl-C ends it and removes everything.',
  cleaning: 'Stopping everything and removing the folder …',
  diskShort: (free: string) => `The demo needs 4 GB of free disk here; there are ${free} MiB.`,
  tooLong: 'It took too long; this is where it stands.',
  usage:
    'npm start [-- --exit] [--broken SERVER] [--without-runtime] [--language en|ja] [--folder DIR]',
};

const japanese: typeof english = {
  language: 'ja',
  title:
    'Dankai デモ: このマシン上の本物のサイトを、グループごとに段階的にアップグレードします。模擬は一切ありません。',
  folder: (folder) => `すべて ${folder} の下に置き、終了時に削除します。`,
  building: 'ここのソースから新リリースを作成し、新旧を実行環境とともにパッケージしています …',
  built: (version, mebibytes) => `リリース ${version}: 配信サイズ ${mebibytes} MiB`,
  begin:
    'コントロールマネージャと、インフォメーションサーバ(同居の一般サーバを含む)を起動しています …',
  servers: (count) => `旧リリースの一般サーバ ${count} 台をインストールし、起動しています …`,
  allThere: (count) => `${count} 台が接続し、旧リリースで稼働しています。`,
  imported: '新リリースをインフォメーションサーバの共有フォルダに取り込みました。',
  planTitle: '計画 (.dankai-demo/plan.yaml):',
  started: 'アップグレードを開始しました。最初はインフォメーションサーバです (D2–D7)。',
  heldDelivery: (version) =>
    `配信の一時停止中にコントロールマネージャがパターン ${version} を配信します。待たされます (D1)。`,
  betweenDelivery: (version) =>
    `グループの合間に、旧プログラムの項目を含む配信サイト一式とともにパターン ${version} が配信されます。従来はこれでカタログが巻き戻っていました (D8, D11)。`,
  phase: {
    'self-staging': 'インフォメーションサーバ: 新版を旧版の隣に展開中',
    'self-switching': 'インフォメーションサーバ: 切り替えと確認',
    baseline: 'インフォメーションサーバ: 新しいカタログを配置',
    agent: 'コントロールマネージャエージェント: 追随中 (D4)',
    groups: 'グループ',
    paused: '一時中断',
    stopped: '停止',
    finished: '完了',
  },
  column: {
    server: 'サーバ',
    domain: 'ドメイン',
    group: 'グループ',
    before: '以前',
    after: '現在(本人に確認)',
    session: 'セッション',
    received: '受信 MiB',
    content: 'パターン',
    proof: '実行中のダイジェスト',
  },
  matches: 'マニフェストと一致',
  differs: '不一致',
  silent: '応答なし',
  closing: '各サーバが自ら答えた現在の状態:',
  kept: (what) => `待たされ、その後に配信されたもの: ${what}`,
  refused: (what) =>
    `コントロールマネージャが配信できるのはパターン・エンジンのみでプログラムではないため (S1)、拒否し証拠として保存したもの: ${what}`,
  nothing: 'なし',
  took: (seconds, mebibytes, disk) =>
    `所要 ${seconds} 秒。一般サーバへの配信 ${mebibytes} MiB、ディスク使用 ${disk} MiB。`,
  good: 'すべてのサーバが新リリースで稼働しています。',
  bad: '新リリースで稼働していないサーバがあります:',
  console:
    'インフォメーションサーバの Web 管理コンソール。このリンクで1回だけ、10分以内にログインできます（証明書はデモ専用の組織のものなので、ブラウザが確認を求めます）:',
  stays: 'サイトは稼働を続けます。別の端末から確認できます:',
  end: 'Ctrl-C で終了し、すべて削除します。',
  cleaning: 'すべてを停止し、フォルダを削除しています …',
  diskShort: (free) => `このデモには 4 GB の空きディスクが必要です。現在の空き: ${free} MiB`,
  tooLong: '時間がかかりすぎています。現状は次のとおりです。',
  usage: english.usage,
};

export type Words = typeof english;

export function wordsFor(language: string | undefined): Words {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  const wanted = language ?? (LC_ALL || LC_MESSAGES || LANG || 'en');
  return wanted.startsWith('ja') ? japanese : english;
}
