package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/cmd/sinusta/internal/app"
	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/generate"
	"github.com/sinusta/sinusta/fixtures/hameenlinna"
	"github.com/sinusta/sinusta/fixtures/palkkaturva"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/fixtures/teoffices"
	"github.com/sinusta/sinusta/fixtures/teservice"
	"github.com/sinusta/sinusta/fixtures/valtori"
)

// demoWorld is a generated organisation, ready to be installed and asked.
type demoWorld struct {
	org     *generate.Organisation
	subject string
	sources string
	intake  string
	// serves is true when web services are among the systems.
	serves bool
}

// organisations are those that the demo can make, in the order of --org all.
func organisations() []*generate.Organisation {
	return []*generate.Organisation{valtori.Organisation(), teservice.Organisation(), palkkaturva.Organisation(), teoffices.Organisation(), hameenlinna.Organisation()}
}

// makeWorld generates the world of an organisation below dir, starts its web
// services, and servers for its databases, directories and mailboxes if they
// are wanted. The caller stops them.
func makeWorld(ctx context.Context, dir string, org *generate.Organisation, o demoOptions) (w *demoWorld, stop func(), err error) {
	options := generate.Options{Seed: o.seed, People: o.people, Subject: o.subject}
	s := &demoServers{org: org, dir: filepath.Join(dir, "servers"), options: &options}
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
	if o.servers {
		if err := s.startDatabases(ctx); err != nil {
			return nil, s.stop, missing(err)
		}
	}
	made, err := org.Generate(ctx, filepath.Join(dir, "world"), options)
	if err != nil {
		return nil, s.stop, err
	}
	stopServices, err := made.Serve(ctx)
	if err != nil {
		return nil, s.stop, err
	}
	s.running = append(s.running, stopServices)
	if o.servers {
		if err := s.startFilled(ctx, made); err != nil {
			return nil, s.stop, missing(err)
		}
	}
	if err := made.Wire(options); err != nil {
		return nil, s.stop, err
	}
	intake, err := intakeOf(org, made.Intake)
	if err != nil {
		return nil, s.stop, err
	}
	return &demoWorld{org: org, subject: made.Subject, sources: made.SourcesYAML, intake: intake, serves: len(made.Services) > 0}, s.stop, nil
}

// missing tells what to do when a server is not installed.
func missing(err error) error {
	if errors.Is(err, servers.ErrMissing) {
		return fmt.Errorf("%w; or run the demo without --servers", err)
	}
	return err
}

// intakeOf writes the intake of a generated person as the registry would.
func intakeOf(org *generate.Organisation, in generate.Intake) (string, error) {
	received := org.Received
	if received.IsZero() {
		received = time.Now().AddDate(0, 0, -1)
	}
	intake := app.Intake{
		CaseNumber: fmt.Sprintf("%s/%d/%d", org.Prefix, 4711, received.Year()),
		Received:   received.Format(time.DateOnly),
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
func capacityOf(i generate.Identifier) core.Capacity {
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
