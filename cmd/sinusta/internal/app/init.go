package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sinusta/sinusta/core/audit"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/durable"
	"github.com/sinusta/sinusta/core/store"
	"github.com/sinusta/sinusta/plugins/host"
)

// Init makes an installation in home: the commented files of the templates,
// folders that only their owner may read, and the organisation's key. It
// overwrites nothing.
func Init(ctx context.Context, home string) error {
	if err := makeFolders(home); err != nil {
		return err
	}
	if err := copyInto(home, catalogue.Templates()); err != nil {
		return err
	}
	if err := writeWiring(home, sourcesTemplate); err != nil {
		return err
	}
	return initKeys(ctx, home)
}

// InitWith makes an installation in home from files that are ready: an
// organisation, its catalogue, and the text of its sources file.
func InitWith(ctx context.Context, home string, files fs.FS, sources string) error {
	if err := makeFolders(home); err != nil {
		return err
	}
	if err := copyInto(home, files); err != nil {
		return err
	}
	if err := writeWiring(home, sources); err != nil {
		return err
	}
	return initKeys(ctx, home)
}

// writeWiring writes the sources file, and a lock file that registers nothing.
func writeWiring(home, sources string) error {
	if err := writeNew(filepath.Join(home, SourcesFile), []byte(sources)); err != nil {
		return err
	}
	return writeNew(filepath.Join(home, LockFile), []byte(host.EmptyLock))
}

// initKeys makes the keys of the requests and of the log, and says so in the
// log's first entry.
func initKeys(ctx context.Context, home string) error {
	if err := store.InitKeys(home); err != nil {
		return err
	}
	if err := audit.InitKeys(home); err != nil {
		return err
	}
	log, err := OpenLog(home)
	if err != nil {
		return err
	}
	_, err = log.Append(ctx, audit.Entry{Verb: audit.KeysMade, Purpose: audit.PurposeMaintenance})
	return errors.Join(err, log.Close(ctx))
}

func makeFolders(home string) error {
	if _, err := os.Stat(filepath.Join(home, "organisation.yaml")); err == nil {
		return fmt.Errorf("%s holds an installation already: nothing was changed", home)
	}
	for _, dir := range []string{home, filepath.Join(home, "catalogue"), filepath.Join(home, "keys"), filepath.Join(home, "data")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the installation: %w", err)
		}
	}
	return nil
}

// copyInto copies every YAML file of files, keeping folders.
func copyInto(home string, files fs.FS) error {
	return fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		target := filepath.Join(home, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		return writeNew(target, raw)
	})
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, raw []byte) error {
	if err := durable.WriteNew(path, raw); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

const sourcesTemplate = `# Sources: how each system of the catalogue is reached. Owned by the integrator.
#
# An entry is a system's id in the catalogue, the plugin that speaks its
# protocol, and the plugin's own configuration. ` + "`sinusta plugin list`" + ` names the
# plugins; ` + "`sinusta sources check`" + ` tries every entry and says what is wrong with it.
# A system of the catalogue without an entry here is reported as not searchable.
#
# Secrets never stand in this file. They are named, and come from an environment
# variable, from a file that only you may read, or from a command:
#
#   secrets:
#     dsn:      {env: TICKETS_DSN}
#     password: {file: keys/ldap-password}
#     token:    {command: [pass, show, tickets]}
#
# An example:
#
# sources:
#   tickets:
#     plugin: sql
#     timeout: 2m            # one whole search; what is not there by then is reported as timed out
#     max_records: 50000     # more than this makes the outcome partial
#     memory: 512MiB         # the most memory that the plugin should take
#     disabled: false        # true switches the source off: the outcome is then disabled
#     secrets:
#       dsn: {env: TICKETS_DSN}
#     config:
#       driver: postgres
#       types:
#         ticket:                          # a record type of the system's kind
#           table: ticket
#           key: [ticket_no]
#           fields: {ticket_number: ticket_no, title: subject, opened: created_at}
#           parties:
#             - slot: requester
#               fields: {name: requester_name, email: requester_email}
#           ignore: {row_version: "technical: optimistic locking"}
#
#   crm:
#     plugin: acme-crm               # a program of somebody else, registered in sinusta.lock
#     program: plugins/acme-crm      # where it is; see ` + "`sinusta plugin register --help`" + `

sources: {}
`
