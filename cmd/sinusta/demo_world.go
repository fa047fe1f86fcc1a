package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
func makeWorld(ctx context.Context, dir string, o demoOptions) (w *demoWorld, stop func(), err error) {
	options := valtori.Options{Seed: o.seed, People: o.people, Subject: o.subject}
	var running []func()
	stop = func() {
		for _, s := range running {
			s()
		}
	}
	defer func() {
		if err != nil {
			stop()
		}
	}()
	world := filepath.Join(dir, "world")
	if o.servers {
		postgres, err := startPostgres(ctx, filepath.Join(dir, "servers", "postgresql"), &options)
		if err != nil {
			return nil, stop, missing(err)
		}
		running = append(running, postgres.Stop)
		maria, err := startMariaDB(ctx, filepath.Join(dir, "servers", "mariadb"), &options)
		if err != nil {
			return nil, stop, missing(err)
		}
		running = append(running, maria.Stop)
	}
	made, err := valtori.Generate(ctx, world, options)
	if err != nil {
		return nil, stop, err
	}
	if o.servers {
		directory, err := startDirectory(ctx, filepath.Join(dir, "servers"), made.LDIF, &options)
		if err != nil {
			return nil, stop, missing(err)
		}
		running = append(running, directory.Stop)
		if err := made.Wire(options); err != nil {
			return nil, stop, err
		}
	}
	intake, err := intakeOf(made.Intake)
	if err != nil {
		return nil, stop, err
	}
	return &demoWorld{subject: made.Subject, files: valtori.Filled(), sources: made.SourcesYAML, intake: intake}, stop, nil
}

// missing tells what to do when a server is not installed.
func missing(err error) error {
	if errors.Is(err, servers.ErrMissing) {
		return fmt.Errorf("%w; or run the demo without --servers", err)
	}
	return err
}

// inMariaDB tells which systems the demo with servers keeps in MariaDB. The
// other databases are in PostgreSQL.
func inMariaDB(system string) bool { return system == "V1.2" || system == "V6.4" || system == "V7.1" }

func databaseName(system string) string { return strings.ToLower(strings.ReplaceAll(system, ".", "_")) }

// startPostgres starts a server with an empty database for each system that
// it keeps.
func startPostgres(ctx context.Context, dir string, o *valtori.Options) (*servers.PostgreSQL, error) {
	server, err := servers.StartPostgreSQL(ctx, dir)
	if err != nil {
		return nil, err
	}
	o.Backend.Postgres = map[string]valtori.ServerDatabase{}
	for _, id := range valtori.Databases() {
		if inMariaDB(id) {
			continue
		}
		name := databaseName(id)
		if err := server.CreateDatabase(ctx, name); err != nil {
			server.Stop()
			return nil, err
		}
		o.Backend.Postgres[id] = valtori.ServerDatabase{Load: server.DSN(name), Read: server.ReaderDSN(name)}
	}
	return server, nil
}

// startMariaDB does as startPostgres does. The sources connect with TLS.
func startMariaDB(ctx context.Context, dir string, o *valtori.Options) (*servers.MariaDB, error) {
	server, err := servers.StartMariaDB(ctx, dir)
	if err != nil {
		return nil, err
	}
	o.Backend.MariaDB = map[string]valtori.ServerDatabase{}
	for _, id := range valtori.Databases() {
		if !inMariaDB(id) {
			continue
		}
		name := databaseName(id)
		if err := server.CreateDatabase(ctx, name); err != nil {
			server.Stop()
			return nil, err
		}
		o.Backend.MariaDB[id] = valtori.ServerDatabase{Load: server.DSN(name), Read: server.ReaderDSN(name), CAFile: server.CAFile}
	}
	return server, nil
}

// startDirectory starts a directory server with the entries of the file ldif
// and an account that may read them, and nothing else.
func startDirectory(ctx context.Context, dir, ldif string, o *valtori.Options) (*servers.OpenLDAP, error) {
	const reader = "cn=sinusta-reader," + valtori.DirectorySuffix
	password := rand.Text()
	account := filepath.Join(dir, "reader.ldif")
	entry := fmt.Sprintf("dn: %s\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: sinusta-reader\nuserPassword: %s\n", reader, password)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(account, []byte(entry), 0o600); err != nil {
		return nil, err
	}
	server, err := servers.StartOpenLDAP(ctx, filepath.Join(dir, "openldap"), servers.LDAPOptions{
		Suffix: valtori.DirectorySuffix, LDIF: []string{ldif, account}, TLS: true,
		Access: []string{"to attrs=userPassword by anonymous auth by * none", fmt.Sprintf("to * by dn.exact=%q read by * none", reader)},
	})
	if err != nil {
		return nil, err
	}
	o.Backend.LDAP = &valtori.LDAPServer{URL: server.TLSURL, CAFile: server.CAFile, BindDN: reader, Password: password}
	return server, nil
}

// intakeOf writes the intake of a generated person as the registry would.
func intakeOf(in valtori.Intake) (string, error) {
	now := time.Now()
	intake := app.Intake{
		CaseNumber: fmt.Sprintf("VALTORI/%d/%d", 4711, now.Year()),
		Received:   now.AddDate(0, 0, -1).Format(time.DateOnly),
		Language:   in.Language,
	}
	for _, i := range in.Identifiers {
		if i.Kind == string(core.Name) {
			family, given, _ := strings.Cut(i.Value, ", ")
			intake.Subject.Names = append(intake.Subject.Names, app.IntakeName{Given: given, Family: family, From: i.From, To: lastDay(i.To)})
			continue
		}
		intake.Subject.Identifiers = append(intake.Subject.Identifiers, app.IntakeIdentifier{Kind: core.Kind(i.Kind), Value: i.Value,
			Issuer: i.Issuer, From: i.From, To: lastDay(i.To), Capacity: capacityOf(i)})
	}
	raw, err := yaml.Marshal(intake)
	return string(raw), err
}

// capacityOf gives what a generated person is to the business that an
// identifier numbers.
func capacityOf(i valtori.Identifier) core.Capacity {
	if i.SoleTrader {
		return core.SoleTrader
	}
	return ""
}

// lastDay gives the last day of a span that ends before the day to: an intake
// names the last day itself.
func lastDay(to string) string {
	day, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return ""
	}
	return day.AddDate(0, 0, -1).Format(time.DateOnly)
}
