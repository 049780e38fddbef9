/** The first lines of an installer: plain sh, which unpacks what is behind it and starts it. */

const placeholder = '@@@@@@';

export function installerScript(of: {
  readonly version: string;
  readonly platform: string;
  readonly site: string;
  readonly fingerprint: string;
}): string {
  const text = script(of);
  const offset = String(Buffer.byteLength(text) + 1).padStart(placeholder.length, ' ');
  return text.replace(placeholder, offset);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function script({
  version,
  platform,
  site,
  fingerprint,
}: Parameters<typeof installerScript>[0]): string {
  return `#!/bin/sh
# Installer of Dankai, for one site. What follows these lines is a compressed tar.
set -eu
version=${quoted(version)}
platform=${quoted(platform)}
site=${quoted(site)}
organisation=${fingerprint}
begins='${placeholder}'

say() { printf '%s\\n' "$1" >&2; }

case \${1-} in
  --version|-V) printf '%s\\n' "$version"; exit 0 ;;
  --about) printf '%s\\n' "Dankai $version, $platform, site $site" "organisation $organisation"; exit 0 ;;
esac

case $(uname -s)-$(uname -m) in
  Linux-x86_64|Linux-amd64) here=linux-x64 ;;
  Linux-aarch64|Linux-arm64) here=linux-arm64 ;;
  *) here=$(uname -s)-$(uname -m) ;;
esac
if [ "$platform" != any ] && [ "$platform" != "$here" ]; then
  say "No: this installer is for $platform, and this computer is $here."
  say "(INSTALLER_OF_OTHER_PLATFORM)"
  exit 1
fi

umask 077
work=$(mktemp -d "\${TMPDIR:-/tmp}/dankai-installer.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
if ! tail -c +$((begins)) "$0" | gzip -dc | tar -xf - -C "$work"; then
  say "No: this installer is not whole, or there is no room in \${TMPDIR:-/tmp}."
  say "(INSTALLER_UNREADABLE)"
  exit 1
fi
tree=$work/dankai/tree
node=$tree/runtime/node
if [ -x "$node" ] && ! "$node" --version >/dev/null 2>"$work/why"; then
  say "No: the program does not start here: $(cat "$work/why")"
  say "Next: install libatomic1 (Debian) or libatomic (Red Hat); glibc 2.28 or later is needed."
  say "(RUNTIME_NOT_STARTING)"
  exit 1
fi

# Without a command it installs.
case \${1-} in
  ''|-*) set -- install "$@" ;;
esac
status=0
"$tree/bin/dankai" "$@" || status=$?
exit $status
`;
}
