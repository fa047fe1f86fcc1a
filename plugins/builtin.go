// Package plugins names the source plugins that are built into the program.
// How a plugin is written is plugins/sdk, how it is run is plugins/host.
package plugins

import (
	"github.com/sinusta/sinusta/core/catalogue"
	csvsource "github.com/sinusta/sinusta/plugins/csv"
	filessource "github.com/sinusta/sinusta/plugins/files"
	ldapsource "github.com/sinusta/sinusta/plugins/ldap"
	mailsource "github.com/sinusta/sinusta/plugins/mail"
	"github.com/sinusta/sinusta/plugins/manual"
	"github.com/sinusta/sinusta/plugins/recordings"
	restsource "github.com/sinusta/sinusta/plugins/rest"
	"github.com/sinusta/sinusta/plugins/sdk"
	sqlsource "github.com/sinusta/sinusta/plugins/sql"
)

// Builtin is one plugin of the program.
type Builtin struct {
	// Name is the word after `plugin:` in the sources file.
	Name    string
	Title   catalogue.Text
	Version string
	// Config is the JSON Schema of its configuration.
	Config string
	// Serve runs the plugin in this process until its host is gone; without a
	// host it returns sdk.ErrByHand at once.
	Serve func() error
}

// Builtins gives the built-in plugins, by name. A new protocol is one package
// and one line here.
func Builtins() []Builtin {
	return []Builtin{
		builtin(csvsource.New()),
		builtin(filessource.New()),
		builtin(ldapsource.New()),
		builtin(mailsource.New()),
		builtin(manual.New()),
		builtin(recordings.New()),
		builtin(restsource.New()),
		builtin(sqlsource.New()),
	}
}

// Find gives the built-in plugin of that name, and whether there is one.
func Find(name string) (Builtin, bool) {
	for _, b := range Builtins() {
		if b.Name == name {
			return b, true
		}
	}
	return Builtin{}, false
}

// Names gives the names of the built-in plugins.
func Names() []string {
	var names []string
	for _, b := range Builtins() {
		names = append(names, b.Name)
	}
	return names
}

func builtin[C any](p sdk.Plugin[C]) Builtin {
	return Builtin{Name: p.Name, Title: p.Title, Version: p.Version, Config: p.Config,
		Serve: func() error { return sdk.Serve(p) }}
}
