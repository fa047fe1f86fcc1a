package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
)

func (sh *shell) versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Example: "  sinusta version --json", Args: exactly(0, "no argument"),
		RunE: func(*cobra.Command, []string) error {
			if sh.json {
				return sh.printJSON(map[string]string{"version": app.Version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
			}
			_, err := fmt.Fprintf(sh.out, "sinusta %s (%s, %s/%s)\n", app.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		}}
}
