package main

import (
	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/plugins"
)

func (sh *shell) pluginCommand() *cobra.Command {
	return group("plugin", "Look at the source plugins, and register those of others", "  sinusta plugin list",
		sh.pluginList(), sh.pluginRegister(), sh.pluginUnregister(), sh.pluginTest())
}

// pluginRow is one plugin as `plugin list` gives it.
type pluginRow struct {
	app.External
	Title string `json:"title,omitempty"`
}

func (sh *shell) pluginList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the plugins, and whether the programs of others are those registered",
		Long: `Lists the built-in plugins, and the external ones of the installation: those
that sinusta.lock registers and those that sources.yaml names. Their state is one
of: ok, checksum differs, missing file, cannot be read, not registered, not used.
None of them is run.`,
		Example: "  sinusta plugin list --json", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			var list []pluginRow
			for _, b := range plugins.Builtins() {
				list = append(list, pluginRow{app.External{Name: b.Name, Version: b.Version, State: "built-in"}, b.Title.In("en")})
			}
			home, err := app.Home(sh.home)
			if err != nil {
				return err
			}
			if app.Installed(home) == nil {
				externals, err := app.Externals(home)
				if err != nil {
					return err
				}
				for _, e := range externals {
					list = append(list, pluginRow{External: e})
				}
			}
			if sh.json {
				return sh.printJSON(list)
			}
			var rows [][]string
			for _, r := range list {
				rows = append(rows, []string{r.Name, r.Version, r.State, r.Title + r.Program})
			}
			return sh.table("PLUGIN|VERSION|STATE|TITLE OR PROGRAM", rows)
		}}
}
