package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/fixtures/valtori"
)

// demoWorld is a generated authority, ready to be installed and asked.
type demoWorld struct {
	subject string
	files   fs.FS
	sources string
	intake  string
}

// makeWorld generates the world of a demo below dir, and starts servers for
// it if they are wanted. The caller stops them.
func makeWorld(ctx context.Context, dir string, o demoOptions) (w *demoWorld, stop func() error, err error) {
	options := valtori.Options{Seed: o.seed, People: o.people, Subject: o.subject}
	var running []func()
	stop = func() error {
		for _, s := range running {
			s()
		}
		return nil
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, stop())
		}
	}()
	world := filepath.Join(dir, "world")
	if o.servers {
		postgres, err := startPostgres(ctx, filepath.Join(dir, "servers", "postgresql"), &options)
		if err != nil {
			return nil, stop, missing(err)
		}
		running = append(running, postgres.Stop)
	}
	made, err := valtori.Generate(ctx, world, options)
	if err != nil {
		return nil, stop, err
	}
	if o.servers {
		directory, err := servers.StartOpenLDAP(ctx, filepath.Join(dir, "servers", "openldap"),
			servers.LDAPOptions{Suffix: valtori.DirectorySuffix, LDIF: []string{made.LDIF}, TLS: true})
		if err != nil {
			return nil, stop, missing(err)
		}
		running = append(running, directory.Stop)
		options.Backend.LDAP = &valtori.LDAPServer{URL: directory.TLSURL, CAFile: directory.CAFile,
			BindDN: directory.RootDN, Password: directory.RootPassword}
		if err := made.Wire(options); err != nil {
			return nil, stop, err
		}
	}
	intake, err := intakeOf(made.Intake)
	if err != nil {
		return nil, stop, err
	}
	return &demoWorld{subject: made.Subject, files: valtori.Files, sources: made.SourcesYAML, intake: intake}, stop, nil
}

// missing tells what to do when a server is not installed.
func missing(err error) error {
	if errors.Is(err, servers.ErrMissing) {
		return fmt.Errorf("%w; or run the demo without --servers", err)
	}
	return err
}

// startPostgres starts a server with an empty database for each system that
// is a database.
func startPostgres(ctx context.Context, dir string, o *valtori.Options) (*servers.PostgreSQL, error) {
	server, err := servers.StartPostgreSQL(ctx, dir)
	if err != nil {
		return nil, err
	}
	o.Backend.Postgres = map[string]valtori.PostgresDatabase{}
	for _, id := range valtori.Databases() {
		name := strings.ToLower(strings.ReplaceAll(id, ".", "_"))
		if err := server.CreateDatabase(ctx, name); err != nil {
			server.Stop()
			return nil, err
		}
		o.Backend.Postgres[id] = valtori.PostgresDatabase{Load: server.DSN(name), Read: server.ReaderDSN(name)}
	}
	return server, nil
}

// intakeOf writes the intake of a generated person as the registry would.
func intakeOf(in valtori.Intake) (string, error) {
	now := time.Now()
	intake := app.Intake{
		CaseNumber: fmt.Sprintf("VALTORI/%d/%d", 4711, now.Year()),
		Received:   now.AddDate(0, 0, -1).Format(time.DateOnly),
		Language:   in.Language,
		Requester:  "self",
		Purpose:    "GDPR Article 15",
	}
	for _, i := range in.Identifiers {
		if i.Kind == string(core.Name) {
			family, given, _ := strings.Cut(i.Value, ", ")
			intake.Subject.Names = append(intake.Subject.Names, app.IntakeName{Given: given, Family: family, From: i.From, To: i.To})
			continue
		}
		intake.Subject.Identifiers = append(intake.Subject.Identifiers, app.IntakeIdentifier{Kind: core.Kind(i.Kind), Value: i.Value,
			Issuer: i.Issuer, From: i.From, To: i.To, SoleTrader: i.SoleTrader})
	}
	raw, err := yaml.Marshal(intake)
	return string(raw), err
}
