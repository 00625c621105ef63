/**
 * A definition by form or as JSON. The JSON starts as what the form says; once it is changed it counts alone, and going
 * back to the form means giving the changes up, which is asked first.
 */
import Alert from "@mui/material/Alert";
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import Stack from "@mui/material/Stack";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import { type FieldError } from "isomorphic-lib/src/types";
import { type ReactElement, type ReactNode, useId, useState } from "react";

import { JsonEditor } from "./jsonEditor";

interface DefinitionTabsProps {
  readonly form: ReactNode;
  /** The JSON that the form stands for. */
  readonly builtText: string;
  /** The text of the JSON editor; null while the form decides. */
  readonly text: string | null;
  readonly onTextChange: (text: string | null) => void;
  readonly errors: readonly FieldError[];
}

type Mode = "form" | "json";

function DiscardQuestion({
  onKeep,
  onDiscard,
}: {
  readonly onKeep: () => void;
  readonly onDiscard: () => void;
}): ReactElement {
  return (
    <Alert severity="warning">
      The form cannot show your changes to the JSON.
      <Stack direction="row" spacing={1} sx={{ mt: 1 }}>
        <Button
          size="small"
          variant="outlined"
          color="inherit"
          onClick={onKeep}
        >
          Keep the JSON
        </Button>
        <Button size="small" color="inherit" onClick={onDiscard}>
          Discard the changes
        </Button>
      </Stack>
    </Alert>
  );
}

/** Two tabs over one definition. */
export function DefinitionTabs(props: DefinitionTabsProps): ReactElement {
  const { form, builtText, text, onTextChange, errors } = props;
  const [mode, setMode] = useState<Mode>("form");
  const [isAsking, setIsAsking] = useState(false);
  const id = useId();
  const isChanged = text !== null && text !== builtText;
  const choose = (next: Mode): void => {
    if (next === "json") {
      onTextChange(builtText);
      setMode("json");
    } else if (isChanged) {
      setIsAsking(true);
    } else {
      onTextChange(null);
      setMode("form");
    }
  };
  return (
    <Stack spacing={2}>
      <Tabs
        value={mode}
        onChange={(_event, next: Mode) => choose(next)}
        aria-label="How to define it"
        sx={{
          minHeight: 36,
          borderBottom: 1,
          borderColor: "divider",
          "& button": { minHeight: 36, py: 0.5 },
        }}
      >
        <Tab
          value="form"
          label="Form"
          id={`${id}-form`}
          aria-controls={`${id}-panel`}
        />
        <Tab
          value="json"
          label="JSON"
          id={`${id}-json`}
          aria-controls={`${id}-panel`}
        />
      </Tabs>
      <Box role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${mode}`}>
        {mode === "form" ? (
          form
        ) : (
          <Stack spacing={2}>
            {isAsking && (
              <DiscardQuestion
                onKeep={() => setIsAsking(false)}
                onDiscard={() => {
                  setIsAsking(false);
                  onTextChange(null);
                  setMode("form");
                }}
              />
            )}
            <JsonEditor
              label="Definition"
              text={text ?? builtText}
              onChange={onTextChange}
              errors={errors}
            />
          </Stack>
        )}
      </Box>
    </Stack>
  );
}
