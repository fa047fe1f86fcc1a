package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
)

func (sh *shell) initCommand() *cobra.Command {
	return &cobra.Command{Use: "init", Short: "Make a new installation",
		Long: `Makes an installation: a folder with the organisation, its catalogue, the
sources file, the keys and the data. Every file is commented; nothing that is
there is overwritten.`,
		Example: "  sinusta init --home /srv/sinusta", Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			home, err := app.Home(sh.home)
			if err != nil {
				return err
			}
			if err := app.Init(c.Context(), home); err != nil {
				return err
			}
			if sh.json {
				return sh.printJSON(map[string]string{"home": home})
			}
			_, err = fmt.Fprintf(sh.out, `The installation is in %s. Next:
  1. organisation.yaml       say who you are
  2. catalogue/              describe a file for each system; sinusta catalogue lint checks them
  3. sources.yaml            connect the systems; sinusta sources check tries them
  4. sinusta request new     open the first request
The commands find it by SINUSTA_HOME or --home.
Keep keys/ apart from data/ in your backups: without keys/ nobody can read data/.
`, home)
			return err
		}}
}
