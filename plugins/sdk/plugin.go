package sdk

import (
	"context"
	"log/slog"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
)

// Plugin is a way to talk to systems of one protocol. C is its configuration:
// a struct with `json:"..."` tags, whose members of type [Secret] are filled
// from the secrets of the sources file.
type Plugin[C any] struct {
	// Name is the word after `plugin:` in the sources file.
	Name, Version string
	Title         catalogue.Text
	// Config is the JSON Schema of C, for editors and documentation.
	Config string
	// Capabilities are the verbs that the plugin has beyond the mandatory ones.
	// For each its instances have the method: [Discoverer], [Fetcher].
	Capabilities []Capability
	// Open connects the plugin to its one system. The host calls it when it
	// configures the plugin, with ctx bounding the call alone. An error that
	// names a setting is a [ConfigError].
	Open func(ctx context.Context, c C, env Env) (Instance, error)
}

// Capability is a verb that not every plugin has.
type Capability string

// The capabilities that this version knows.
const (
	CanDiscover Capability = "discover"
	CanFetch    Capability = "fetch"
)

// Env is what a plugin knows of its system beside its own configuration.
type Env struct {
	// System is the catalogue's id of the system, and Kind its kind; the
	// profile is catalogue.ProfileFor(Kind).
	System, Kind string
	// Issuers gives the issuer of each local kind of identifier in this
	// system, from the catalogue.
	Issuers map[core.Kind]string
	// Complete are the kinds of identifier that every record of the system
	// holds in each slot of the subject, as the catalogue promises
	// (`every_record`). Who is known by one of them is not looked up by name,
	// so a record without it would be missed in silence. Therefore each Search
	// must look, in every record type in its scope, whether the promise is
	// kept, and give an [Incomplete] notice for each place where it is not; so
	// must Check, in a step named by [CompleteStep].
	Complete []core.Kind
	// Timeout bounds one statement or request to the system; it is above 0.
	Timeout time.Duration
	// Log writes to the host's log. It blanks identifiers, but is no place
	// for values of records.
	Log *slog.Logger
}

// Instance is a configured plugin. Its methods may be called at the same
// time from several goroutines, Close once and last.
type Instance interface {
	// Types gives the record types that are mapped, with their keys. It is
	// called once, after Open.
	Types() []RecordType
	// Check tries the system out step by step: connect, sign in, read only,
	// tables there, every column mapped.
	Check(ctx context.Context, steps *Steps)
	// Search gives every record that any key set of q finds to out, and
	// reports each record type to out.Examined. It ends when ctx does.
	Search(ctx context.Context, q core.Query, out *Out) error
	// Close releases the connections to the system.
	Close() error
}
