package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/plugins"
	"github.com/sinusta/sinusta/plugins/host"
)

// Exit codes that scripts can rely on.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitNotFinal = 3 // finished, but some outcome is not final
)

// errNotFinal ends a command that did its work while some system still owes
// an answer.
var errNotFinal = errors.New("some systems have no final outcome: see `sinusta coverage`")

// usageError is a wrong call: exit code 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// shell is what every command has: the streams and the global flags.
type shell struct {
	in       io.Reader
	out, err io.Writer
	home     string
	json     bool
}

// run executes one command line and gives its exit code.
func run(args []string, in io.Reader, out, stderr io.Writer) int {
	noDumps()
	if len(args) >= 2 && args[0] == "plugin" && args[1] == "serve" {
		// A plugin process is this binary: it must start fast and must not
		// touch the installation.
		return servePlugin(args[2:], stderr)
	}
	seclude()
	ctx, stop := signal.NotifyContext(context.Background(), stops()...)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	sh := &shell{in: in, out: out, err: stderr}
	root := sh.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNotFinal):
		fmt.Fprintln(stderr, "sinusta:", err)
		return exitNotFinal
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "sinusta:", err)
		return exitUsage
	case errors.Is(err, context.Canceled) && ctx.Err() != nil && !errors.Is(err, errStopped):
		fmt.Fprintln(stderr, "sinusta: stopped. "+afterStop(err))
		return exitFailed
	default:
		fmt.Fprintln(stderr, "sinusta:", err)
		return exitFailed
	}
}

// afterStop tells whoever stopped a command what became of what it had.
func afterStop(err error) string {
	if errors.Is(err, app.ErrUnfinished) {
		return "No request was opened: none of the answers is kept."
	}
	return "Nothing is lost: what was received is kept, and the same command goes on from there."
}

// stops are the signals that stop a command in good order: Ctrl-C, an order to
// end, and the end of the terminal, unless nohup says to outlive it.
func stops() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

func servePlugin(args []string, stderr io.Writer) int {
	if len(args) != 1 {
		fmt.Fprintln(stderr, "sinusta: plugin serve takes the name of one built-in plugin; `sinusta plugin list` names them")
		return exitUsage
	}
	if args[0] == host.KeeperName {
		if err := host.Keep(); err != nil {
			fmt.Fprintln(stderr, "sinusta:", err)
			return exitFailed
		}
		return exitDone
	}
	plugin, ok := plugins.Find(args[0])
	if !ok {
		fmt.Fprintf(stderr, "sinusta: there is no built-in plugin %q; `sinusta plugin list` names them\n", args[0])
		return exitUsage
	}
	if err := plugin.Serve(); err != nil {
		fmt.Fprintln(stderr, "sinusta:", err)
		return exitFailed
	}
	return exitDone
}

func (sh *shell) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "sinusta",
		Short: "Find what an organisation holds about a person, and prove where it looked",
		Long: `Sinusta answers one question for the data subject: what do you hold about me?
It asks every system of the catalogue through its source plugins, judges whose
records the hits are, and writes the access report of GDPR Article 15 with proof
of where it looked.`,
		Example:       "  sinusta demo                 a whole request in a synthetic organisation\n  sinusta init                 a new installation in the default folder",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(sh.in)
	root.SetOut(sh.out)
	root.SetErr(sh.err)
	root.PersistentFlags().StringVar(&sh.home, "home", "", "folder of the installation (default: $SINUSTA_HOME, else the user's data folder)")
	root.PersistentFlags().BoolVar(&sh.json, "json", false, "print JSON for programs")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%w; see `%s --help`", err, c.CommandPath())
	})
	root.AddCommand(sh.demoCommand(), sh.initCommand(), sh.requestCommand(), sh.searchCommand(), sh.reportCommand(),
		sh.coverageCommand(), sh.sourcesCommand(), sh.catalogueCommand(), sh.pluginCommand(), sh.auditCommand(), sh.versionCommand())
	root.Args = cobra.ArbitraryArgs
	root.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(c, args[0])
		}
		return c.Help()
	}
	return root
}

// group makes a command that only holds others.
func group(use, short, example string, children ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return usagef("%s needs a subcommand; see `%s --help`", c.Name(), c.CommandPath())
		}}
	c.AddCommand(children...)
	return c
}

func unknownCommand(c *cobra.Command, name string) error {
	hint := ""
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(name); len(near) > 0 {
		hint = fmt.Sprintf(" Did you mean %s?", strings.Join(near, " or "))
	}
	return usagef("%s has no command %q.%s See `%s --help`", c.CommandPath(), name, hint, c.CommandPath())
}

// exactly demands n arguments, named in words for the error.
func exactly(n int, words string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s takes %s; see `%s --help`", c.CommandPath(), words, c.CommandPath())
		}
		return nil
	}
}

// open opens the installation that the flags name.
func (sh *shell) open(ctx context.Context) (*app.App, error) {
	home, err := app.Home(sh.home)
	if err != nil {
		return nil, err
	}
	return app.Open(ctx, home, sh.err)
}
