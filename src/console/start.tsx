/** The page itself: theme, words, answers, addresses. */

import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { LanguageProvider } from './app/language.tsx';
import { takeSignInLink } from './app/sign-in-link.ts';
import { applyTheme, storedTheme } from './app/theme.ts';
import { makeQueryClient } from './data/query-client.ts';
import { makeRouter } from './routes.tsx';

applyTheme(storedTheme());

const place = document.querySelector('#console');
if (place !== null) {
  const queries = makeQueryClient();
  const linkRefusal = await takeSignInLink();
  const router = makeRouter({ linkRefusal });
  createRoot(place).render(
    <StrictMode>
      <LanguageProvider>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </LanguageProvider>
    </StrictMode>,
  );
}
