/**
 * Sign-in for servers with one password for everybody.
 */
import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Card from "@mui/material/Card";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import Head from "next/head";
import { useRouter } from "next/router";
import { type ReactElement, type SubmitEvent, useState } from "react";

import { Mark } from "../../components/layout/wordmark";
import { type ApiFailure } from "../../lib/apiFailure";
import { useLoginMutation } from "../../lib/useLoginMutation";

/** Where to go after signing in: only ever a page of this dashboard, whatever the address says. */
export function nextPage(
  named: string | readonly string[] | undefined,
): string {
  return typeof named === "string" && /^\/(?![/\\])/.test(named) ? named : "/";
}

function textOf(failure: ApiFailure): string {
  switch (failure.kind) {
    case "unauthenticated":
      return "This is not the password.";
    case "notFound":
      return "This server has no password sign-in. Open the dashboard without it.";
    default:
      return failure.message;
  }
}

function SignInForm(): ReactElement {
  const [password, setPassword] = useState("");
  const login = useLoginMutation();
  const router = useRouter();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (password !== "") {
      login.mutate(password, {
        onSuccess: () => {
          void router.replace(nextPage(router.query.next));
        },
      });
    }
  };
  return (
    <Stack component="form" onSubmit={submit} spacing={2}>
      {login.error !== null && (
        <Alert severity="error">{textOf(login.error)}</Alert>
      )}
      <TextField
        // eslint-disable-next-line jsx-a11y/no-autofocus -- the page's only field
        autoFocus
        required
        type="password"
        label="Password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 1000 } }}
      />
      <Button
        type="submit"
        variant="contained"
        size="large"
        loading={login.isPending}
      >
        Sign in
      </Button>
    </Stack>
  );
}

export default function SingleTenantSignInPage(): ReactElement {
  return (
    <>
      <Head>
        <title>Sign in · Dittofeed</title>
      </Head>
      <Box
        component="main"
        sx={{
          minHeight: "100vh",
          display: "flex",
          alignItems: { xs: "flex-start", sm: "center" },
          justifyContent: "center",
          p: 2,
        }}
      >
        <Card
          sx={{
            width: "100%",
            maxWidth: 380,
            p: { xs: 3, sm: 4 },
            mt: { xs: 4, sm: 0 },
          }}
        >
          <Mark size={36} />
          <Typography variant="h1" sx={{ mt: 2 }}>
            Sign in to Dittofeed
          </Typography>
          <Typography sx={{ color: "text.secondary", mt: 0.5, mb: 3 }}>
            With the password that was set for this server.
          </Typography>
          <SignInForm />
        </Card>
      </Box>
    </>
  );
}
