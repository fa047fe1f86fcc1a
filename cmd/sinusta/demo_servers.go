package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/fixtures/generate"
	"github.com/sinusta/sinusta/fixtures/servers"
)

// demoServers are the servers of one demo with --servers.
type demoServers struct {
	org     *generate.Organisation
	dir     string // of the servers
	options *generate.Options
	running []func()
}

// stop stops what runs, the last first.
func (s *demoServers) stop() {
	for _, stop := range slices.Backward(s.running) {
		stop()
	}
	s.running = nil
}

// inMariaDB tells whether the demo with servers keeps the n-th database of an
// organisation in MariaDB: every second. The others are in PostgreSQL.
func inMariaDB(n int) bool { return n%2 == 1 }

func databaseName(system string) string { return strings.ToLower(strings.ReplaceAll(system, ".", "_")) }

// startDatabases starts the database servers with an empty database for each
// system that is one.
func (s *demoServers) startDatabases(ctx context.Context) error {
	postgres, err := servers.StartPostgreSQL(ctx, filepath.Join(s.dir, "postgresql"))
	if err != nil {
		return err
	}
	s.running = append(s.running, postgres.Stop)
	maria, err := servers.StartMariaDB(ctx, filepath.Join(s.dir, "mariadb"))
	if err != nil {
		return err
	}
	s.running = append(s.running, maria.Stop)
	b := &s.options.Backend
	b.Postgres, b.MariaDB = map[string]generate.ServerDatabase{}, map[string]generate.ServerDatabase{}
	for n, id := range s.org.Databases() {
		name := databaseName(id)
		if inMariaDB(n) {
			err = maria.CreateDatabase(ctx, name)
			b.MariaDB[id] = generate.ServerDatabase{Load: maria.DSN(name), Read: maria.ReaderDSN(name), CAFile: maria.CAFile}
		} else {
			err = postgres.CreateDatabase(ctx, name)
			b.Postgres[id] = generate.ServerDatabase{Load: postgres.DSN(name), Read: postgres.ReaderDSN(name)}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// startFilled starts the servers that take what the world has written.
func (s *demoServers) startFilled(ctx context.Context, made *generate.World) error {
	s.options.Backend.LDAP, s.options.Backend.IMAP = map[string]*generate.LDAPServer{}, map[string]*generate.IMAPServer{}
	for id, file := range made.LDIF {
		if err := s.startDirectory(ctx, id, file, made.Suffixes[id]); err != nil {
			return err
		}
	}
	for id, dir := range made.Maildirs {
		if err := s.startMailbox(ctx, id, dir); err != nil {
			return err
		}
	}
	return nil
}

// mailReader is the account that reads a mailbox, and may do nothing else.
const mailReader = "sinusta"

// startMailbox starts a mail server with the messages of a Maildir, to which
// the connection is encrypted.
func (s *demoServers) startMailbox(ctx context.Context, id, maildir string) error {
	server, err := servers.StartDovecot(ctx, filepath.Join(s.dir, "dovecot-"+databaseName(id)),
		servers.MailOptions{Users: map[string]string{mailReader: maildir}, Access: []string{"* owner lr"}})
	if err != nil {
		return err
	}
	s.running = append(s.running, server.Stop)
	s.options.Backend.IMAP[id] = &generate.IMAPServer{URL: server.TLSURL, CAFile: server.CAFile, User: mailReader, Password: server.Password}
	return nil
}

// startDirectory starts a directory server with the entries of the file ldif
// below suffix and an account that may read them, and nothing else.
func (s *demoServers) startDirectory(ctx context.Context, id, ldif, suffix string) error {
	reader := "cn=sinusta-reader," + suffix
	password := rand.Text()
	dir := filepath.Join(s.dir, "openldap-"+databaseName(id))
	account := filepath.Join(dir, "reader.ldif")
	entry := fmt.Sprintf("dn: %s\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: sinusta-reader\nuserPassword: %s\n", reader, password)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(account, []byte(entry), 0o600); err != nil {
		return err
	}
	server, err := servers.StartOpenLDAP(ctx, filepath.Join(dir, "server"), servers.LDAPOptions{
		Suffix: suffix, LDIF: []string{ldif, account}, TLS: true,
		Access: []string{"to attrs=userPassword by anonymous auth by * none", fmt.Sprintf("to * by dn.exact=%q read by * none", reader)},
	})
	if err != nil {
		return err
	}
	s.running = append(s.running, server.Stop)
	s.options.Backend.LDAP[id] = &generate.LDAPServer{URL: server.TLSURL, CAFile: server.CAFile, BindDN: reader, Password: password}
	return nil
}
