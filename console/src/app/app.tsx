import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { keepPreviousData, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";

import { ApiError, whenSignedOut } from "../api/client";
import { Confirming } from "../ui/confirm";
import { router } from "./router";
import { theme, variables } from "./theme";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      placeholderData: keepPreviousData,
      refetchOnWindowFocus: true,
      // What the server refused it will refuse again; what did not get there may.
      retry: (n, error) => n < 2 && !(error instanceof ApiError && error.status > 0 && error.status < 500),
    },
  },
});

whenSignedOut(() => {
  if (router.state.location.pathname.startsWith("/sign-in")) return;
  const next = router.state.location.href;
  queries.clear();
  void router.navigate({ to: "/sign-in", search: next === "/" ? {} : { next } } as never);
});

const scheme = localStorageColorSchemeManager({ key: "dangol.theme" });

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} colorSchemeManager={scheme} defaultColorScheme="auto">
      <Notifications position="bottom-right" limit={4} />
      <QueryClientProvider client={queries}>
        <Confirming>
          <RouterProvider router={router} />
        </Confirming>
      </QueryClientProvider>
    </MantineProvider>
  );
}
