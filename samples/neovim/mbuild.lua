-- Neovim 0.7 or later: starts `mbuild lsp` for Dockerfiles and .dockerignore files.
-- Put it into ~/.config/nvim/lua/ and say `require("mbuild").setup()` in init.lua.
local M = {}

-- options.cmd: the command, {"mbuild", "lsp"} when it is not given; options.settings: as the README lists them.
function M.setup(options)
  options = options or {}
  vim.api.nvim_create_autocmd({ "BufReadPost", "BufNewFile" }, {
    pattern = { "Dockerfile", "dockerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile", ".dockerignore" },
    callback = function(event)
      local client = M.client
      if not client then
        client = vim.lsp.start_client({
          name = "mbuild",
          cmd = options.cmd or { "mbuild", "lsp" },
          root_dir = vim.fn.getcwd(),
          init_options = options.settings,
          on_exit = function() M.client = nil end,
        })
        M.client = client
      end
      if client then vim.lsp.buf_attach_client(event.buf, client) end
    end,
  })
end

return M
