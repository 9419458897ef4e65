// Drives `mbuild lsp` with the libraries that VS Code's clients are made of. usage: lsp_session.js MBUILD STORE
const { spawn } = require("child_process");
const assert = require("assert");
const rpc = require("vscode-jsonrpc/node");
const lsp = require("vscode-languageserver-protocol");

async function main() {
  const server = spawn(process.argv[2], ["lsp", "--root=" + process.argv[3]], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = rpc.createMessageConnection(
    new rpc.StreamMessageReader(server.stdout),
    new rpc.StreamMessageWriter(server.stdin),
  );
  const published = new Promise((resolve) =>
    connection.onNotification(lsp.PublishDiagnosticsNotification.type, resolve),
  );
  connection.listen();
  const uri = "file:///session/Dockerfile";
  const opened = await connection.sendRequest(lsp.InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
  });
  assert.strictEqual(opened.capabilities.textDocumentSync.change, lsp.TextDocumentSyncKind.Incremental);
  await connection.sendNotification(lsp.InitializedNotification.type, {});
  const text = "FROM scratch AS build\nFROM scratch\nCOPY --form=build /a /b\n";
  await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: "dockerfile", version: 1, text },
  });
  const diagnostics = (await published).diagnostics;
  assert.ok(diagnostics.every(lsp.Diagnostic.is));
  assert.ok(diagnostics.some((one) => one.code === "unknown-flag"));
  const list = await connection.sendRequest(lsp.CompletionRequest.type, {
    textDocument: { uri },
    position: { line: 1, character: 1 },
  });
  assert.ok(list.items.every((item) => typeof item.label === "string"));
  const edit = await connection.sendRequest(lsp.RenameRequest.type, {
    textDocument: { uri },
    position: { line: 0, character: 17 },
    newName: "other",
  });
  assert.ok(lsp.WorkspaceEdit.is(edit));
  const actions = await connection.sendRequest(lsp.CodeActionRequest.type, {
    textDocument: { uri },
    range: diagnostics[0].range,
    context: { diagnostics },
  });
  assert.ok(actions.every(lsp.CodeAction.is));
  await connection.sendRequest(lsp.ShutdownRequest.type);
  await connection.sendNotification(lsp.ExitNotification.type);
  const code = await new Promise((resolve) => server.on("exit", resolve));
  assert.strictEqual(code, 0);
  console.log("session ended");
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
