/** What to do about it; commands in it stand as commands. */

export function Remedy({ text }: { readonly text: string }) {
  if (text === '') return null;
  const pieces = text.split('`');
  return (
    <p>
      {pieces.map((piece, place) => (place % 2 === 1 ? <code key={place}>{piece}</code> : piece))}
    </p>
  );
}
