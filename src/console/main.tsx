/** Where the web console begins in a browser. */

import './app/schemas.ts';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { LanguageProvider } from './app/language.tsx';
import { applyTheme, storedTheme } from './app/theme.ts';
import { makeQueryClient } from './data/query-client.ts';
import { makeRouter } from './routes.tsx';

applyTheme(storedTheme());

const place = document.querySelector('#console');
if (place !== null) {
  const queries = makeQueryClient();
  createRoot(place).render(
    <StrictMode>
      <LanguageProvider>
        <QueryClientProvider client={queries}>
          <RouterProvider router={makeRouter()} />
        </QueryClientProvider>
      </LanguageProvider>
    </StrictMode>,
  );
}
