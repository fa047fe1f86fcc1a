package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/plugins/host"
)

const registerHelp = `Registers a program as a source plugin: only then may it run.

The checksum comes from the publisher's release, never from the installed file:
give it with --sha256, or give the file that lists it with --checksums, in the
format of sha256sum, and the publisher's Ed25519 signature of that file with
--signature and --publisher. A plugin that was registered with a publisher takes
only releases that the same key signed.

The program must be that file. It is then asked for its name and version, in a
process that knows nothing of the installation, and entered into sinusta.lock.
In sources.yaml it stands as

    plugin: acme-crm
    program: plugins/acme-crm

Plugins in other languages than Go either know go-plugin's AutoMTLS (the
default), or are registered with --transport unix-private: no TLS, but a socket
that only this account can reach, and whose owner is looked at. Plugins written
with Sinusta's SDK for Go know all transports.`

func (sh *shell) pluginRegister() *cobra.Command {
	var r app.Release
	var transport string
	c := &cobra.Command{Use: "register PATH", Short: "Let a program run as a source plugin", Long: registerHelp,
		Example: "  sinusta plugin register plugins/acme-crm --sha256 3f0c...e1\n" +
			"  sinusta plugin register plugins/acme-crm --checksums SHA256SUMS --entry acme-crm_linux_amd64 \\\n" +
			"      --signature SHA256SUMS.sig --publisher acme.pem --system V7.1",
		Args: exactly(1, "the path of a program"),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case (r.SHA256 == "") == (r.Checksums == ""):
				return usagef("plugin register wants the checksum of the release: --sha256 or --checksums")
			case (r.Signature == "") != (r.Publisher == ""):
				return usagef("--signature and --publisher belong together")
			case r.Checksums == "" && (r.Signature != "" || r.Entry != ""):
				return usagef("--signature, --publisher and --entry belong to --checksums")
			}
			home, err := app.Home(sh.home)
			if err != nil {
				return err
			}
			r.Path, r.Transport = args[0], host.Transport(transport)
			d, err := app.Register(c.Context(), home, r)
			if err != nil {
				return err
			}
			if sh.json {
				return sh.printJSON(map[string]string{"name": d.Name, "version": d.Version})
			}
			fmt.Fprintf(sh.out, "%s %s is registered. In %s:\n\n    plugin: %s\n    program: %s\n", d.Name, d.Version,
				app.SourcesFile, d.Name, app.ProgramIn(home, r.Path))
			return nil
		}}
	f := c.Flags()
	f.StringVar(&r.SHA256, "sha256", "", "SHA-256 of the program, from its release")
	f.StringVar(&r.Checksums, "checksums", "", "file of the release with its checksums, in the format of sha256sum")
	f.StringVar(&r.Entry, "entry", "", "name of the program in that file (default: the name of PATH)")
	f.StringVar(&r.Signature, "signature", "", "file with the Ed25519 signature of the checksums")
	f.StringVar(&r.Publisher, "publisher", "", "the publisher's public key, or a file with it: PEM, base64 or hexadecimal")
	f.StringVar(&transport, "transport", "", "how the connection is guarded: automtls (default), unix-private or sdk")
	f.StringArrayVar(&r.Systems, "system", nil, "a system that may use the plugin; may be repeated (default: all)")
	f.BoolVar(&r.Override, "override", false, "let the plugin have the name of a built-in one")
	f.BoolVar(&r.Replace, "replace", false, "let it take the place of another version or file")
	return c
}

func (sh *shell) pluginUnregister() *cobra.Command {
	return &cobra.Command{Use: "unregister NAME", Short: "Let a program run no more", Example: "  sinusta plugin unregister acme-crm",
		Args: exactly(1, "the name of a plugin"),
		RunE: func(c *cobra.Command, args []string) error {
			home, err := app.Home(sh.home)
			if err != nil {
				return err
			}
			if err := app.Unregister(c.Context(), home, args[0]); err != nil {
				return err
			}
			if !sh.json {
				fmt.Fprintf(sh.out, "%s is registered no more; sources that name it fail until it is.\n", args[0])
			}
			return nil
		}}
}
