package mailsource

import (
	"testing"

	"github.com/sinusta/sinusta/core"
)

// How many messages are read in a second on a server, beside a Maildir of the
// same ones.
func BenchmarkReading(b *testing.B) {
	const messages = 2000
	dir := b.TempDir()
	for place, text := range many(messages) {
		write(b, dir+"/"+place, text)
	}
	for _, c := range []struct {
		name   string
		config Config
	}{{"maildir", Config{Mailboxes: map[string]Mailbox{"kirjaamo": {Maildir: dir}}}}, {"imap", onServer(dovecot(b, dir), "")}} {
		b.Run(c.name, func(b *testing.B) {
			i := opened(b, c.config)
			q := by(b, core.Email, "olematon.henkilo@example.fi")
			for b.Loop() {
				if a := ask(b, i, q); len(a.records)+len(a.notices) > 0 {
					b.Fatalf("found %q, told %+v", a.refs(), a.notices)
				}
			}
			b.ReportMetric(messages*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
