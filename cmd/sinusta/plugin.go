package main

import (
	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/plugins"
)

func (sh *shell) pluginCommand() *cobra.Command {
	return group("plugin", "Look at the source plugins", "  sinusta plugin list", sh.pluginList())
}

func (sh *shell) pluginList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the built-in plugins", Example: "  sinusta plugin list --json", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			type entry struct {
				Name    string `json:"name"`
				Version string `json:"version"`
				Title   string `json:"title"`
			}
			var entries []entry
			var rows [][]string
			for _, b := range plugins.Builtins() {
				entries = append(entries, entry{b.Name, b.Version, b.Title.In("en")})
				rows = append(rows, []string{b.Name, b.Version, b.Title.In("en")})
			}
			if sh.json {
				return sh.printJSON(entries)
			}
			return sh.table("PLUGIN|VERSION|TITLE", rows)
		}}
}
