// A minimal extension: `mbuild lsp` for Dockerfiles, and a terminal for shells in stages.
import * as vscode from "vscode";
import { ExecuteCommandRequest, LanguageClient } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

interface Terminal {
  terminal?: string[];
  cwd?: string;
}

export async function activate(): Promise<void> {
  const settings = vscode.workspace.getConfiguration("mbuild");
  client = new LanguageClient(
    "mbuild",
    "mbuild",
    { command: settings.get<string>("path", "mbuild"), args: ["lsp"] },
    {
      documentSelector: [
        { language: "dockerfile" },
        { language: "ignore", pattern: "**/*.dockerignore" },
      ],
      initializationOptions: settings,
      synchronize: { configurationSection: "mbuild" },
      middleware: {
        // The server answers a shell with a command; only the editor has terminals.
        executeCommand: async (command, args, next) => {
          if (command !== "mbuild.shellInStage" || !client) return next(command, args);
          const answer: Terminal = await client.sendRequest(ExecuteCommandRequest.type, {
            command,
            arguments: args,
          });
          if (!answer.terminal) return;
          const [program, ...rest] = answer.terminal;
          vscode.window
            .createTerminal({ name: "mbuild", shellPath: program, shellArgs: rest, cwd: answer.cwd })
            .show();
        },
      },
    },
  );
  await client.start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
